package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of the kernel's accounts of processor time: USER_HZ, which is 100 on every architecture that
// vmmp runs on (time(7)).
const clockTick = time.Second / 100

// hostTime returns the processor time that this machine has spent busy and in all.
func hostTime() (busy, all time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	return parseHostTime(text)
}

// parseHostTime reads the first line of /proc/stat: user nice system idle iowait irq softirq steal; the guests' time
// that follows is part of the users'.
func parseHostTime(stat []byte) (busy, all time.Duration, err error) {
	const idle, iowait, counted = 3, 4, 8
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) <= counted || fields[0] != "cpu" {
		return 0, 0, errors.New("read /proc/stat: its first line does not tell of all processors")
	}
	for i, f := range fields[1 : counted+1] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("read /proc/stat: %w", err)
		}
		spent := time.Duration(n) * clockTick
		all += spent
		if i != idle && i != iowait {
			busy += spent
		}
	}
	return busy, all, nil
}
