package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of the kernel's accounts of processor time: USER_HZ, which is 100 on every architecture that
// vmmp runs on (time(7)).
const clockTick = time.Second / 100

// ProcessTime returns the processor time that a process has used, all threads together, in steps of 10 ms. Errors are
// those of reading /proc/PID.
func ProcessTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseProcessTime(text)
}

// ThreadTime returns the processor time that a thread of a process has used: to the nanosecond where the kernel keeps
// such accounts, as nearly all do, else in steps of 10 ms. Errors are those of reading /proc/PID/task, among them
// fs.ErrNotExist of a thread that is none of the process.
func ThreadTime(pid, thread int) (time.Duration, error) {
	folder := fmt.Sprintf("/proc/%d/task/%d/", pid, thread)
	if text, err := os.ReadFile(folder + "schedstat"); err == nil {
		if spent, err := parseSchedstat(text); err == nil {
			return spent, nil
		}
	}
	text, err := os.ReadFile(folder + "stat")
	if err != nil {
		return 0, err
	}
	return parseProcessTime(text)
}

// parseSchedstat reads the first of the numbers of /proc/PID/task/TID/schedstat (sched-stats of the kernel's
// documentation): the nanoseconds on a processor. All are 0 where the kernel does not count.
func parseSchedstat(text []byte) (time.Duration, error) {
	fields := bytes.Fields(text)
	if len(fields) < 3 {
		return 0, errors.New("read schedstat: it has too few fields")
	}
	n, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("read schedstat: it counts no time: %.40q", text)
	}
	return time.Duration(n), nil
}

// parseProcessTime adds up utime and stime of /proc/PID/stat (proc(5)). The command's name may hold anything, so that
// fields are counted from behind it.
func parseProcessTime(stat []byte) (time.Duration, error) {
	const utime, stime = 11, 12 // counted from the field behind the name
	_, rest, ok := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") "))
	fields := bytes.Fields(rest)
	if !ok || len(fields) <= stime {
		return 0, errors.New("read /proc/PID/stat: it has too few fields")
	}
	var ticks time.Duration
	for _, f := range fields[utime : stime+1] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc/PID/stat: %w", err)
		}
		ticks += time.Duration(n)
	}
	return ticks * clockTick, nil
}
