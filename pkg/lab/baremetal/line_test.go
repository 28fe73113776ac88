package baremetal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/lab/guest"
)

// played is a guest that is played: answer gets each order, and its frames go back.
func played(t *testing.T, answer func(frame) []frame) string {
	t.Helper()
	name := fmt.Sprintf("@vmmp-baremetal-test-%d-%p", time.Now().UnixNano(), t)
	listener, err := net.Listen("unix", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			order, err := readFrame(conn)
			if err != nil {
				return
			}
			for _, f := range answer(order) {
				if _, err := conn.Write(f.encode()); err != nil {
					return
				}
			}
		}
	}()
	return name
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestLine(t *testing.T) {
	var heard []frame
	ctx := within(t, 20*time.Second)
	socket := played(t, func(order frame) []frame {
		heard = append(heard, order)
		late := frame{atNumber: order[atNumber] - 1, atResult: 99}
		answer := frame{
			atNumber: order[atNumber], atTicks: 2500, atHotWritten: 7, atColdWritten: 5, atHeld: 100 * pagesPerMiB,
			atHz: 2 << 30, atClock: 1 << 30, atClock + 1: 1,
		}
		if order[atVerb] == hash {
			answer[atResult] = 0xbeef
		}
		return []frame{late, answer}
	})
	l, err := Dial(ctx, socket, 256)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Set(ctx, busy()); err != nil {
		t.Error(err)
	}
	stat, err := l.Stat(ctx)
	if want := (guest.Stat{TotalMiB: 256, AvailableMiB: 154, PagesWritten: 12, Ticks: 2500, UptimeS: 2.5}); err != nil || stat != want {
		t.Errorf("%+v, %v, want %+v", stat, err, want)
	}
	if sum, err := l.Sum(ctx); err != nil || sum != "0000beef" {
		t.Errorf("%q, %v", sum, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	want, err := orders(busy(), 256)
	if err != nil || len(heard) != 4 || heard[1][atVerb] != set || heard[1][5] != want[0][5] || heard[3][atFlags] != 256*pagesPerMiB {
		t.Errorf("the guest heard %v", heard)
	}
}

func TestAGuestThatHasNoContents(t *testing.T) {
	ctx := within(t, 20*time.Second)
	socket := played(t, func(order frame) []frame { return []frame{{atNumber: order[atNumber], atResult: 1}} })
	l, err := Dial(ctx, socket, 256)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Set(ctx, busy()); err == nil || !strings.Contains(err.Error(), RandomFile) {
		t.Errorf("%v", err)
	}
	w := busy()
	w.DiskMBs = 3
	if err := l.Set(ctx, w); err == nil || !strings.Contains(err.Error(), "disk") {
		t.Errorf("%v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// A guest that has just been moved may hold half a frame of an earlier line: the first order is lost, the second is not.
func TestDialAsksAgain(t *testing.T) {
	orders := 0
	socket := played(t, func(order frame) []frame {
		if orders++; orders == 1 {
			return nil
		}
		return []frame{{atNumber: order[atNumber]}}
	})
	l, err := Dial(within(t, 20*time.Second), socket, 256)
	if err != nil || orders != 2 {
		t.Fatalf("after %d orders: %v", orders, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestAGuestThatNeverAnswers(t *testing.T) {
	socket := played(t, func(frame) []frame { return nil })
	if _, err := Dial(within(t, 50*time.Millisecond), socket, 256); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := Dial(t.Context(), "@vmmp-no-such-guest", 256); err == nil {
		t.Error("dialled nobody")
	}
}
