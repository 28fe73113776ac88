package terminal

import (
	"strings"
	"testing"
	"time"
)

func TestLiveDrawsInPlace(t *testing.T) {
	var b strings.Builder
	clock := time.Unix(1000, 0)
	l := NewLive(&b, func() time.Time { return clock }, true)
	l.Show("one", "two")
	l.Show("not yet")
	clock = clock.Add(redrawEvery)
	l.Show("three")
	l.Keep("stays\n")
	l.Show("four") // at once: keep has erased it
	if err := l.End(); err != nil {
		t.Fatal(err)
	}
	want := "one\ntwo\n" + "\x1b[2A\r\x1b[Jthree\n" + "\x1b[1A\r\x1b[Jstays\n" + "four\n" + "\x1b[1A\r\x1b[J"
	if b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

func TestLiveElsewhereKeepsOnly(t *testing.T) {
	var b strings.Builder
	l := NewLive(&b, time.Now, false)
	l.Show("now and then")
	l.Keep("stays\n")
	l.Show("again")
	if err := l.End(); err != nil || b.String() != "stays\n" {
		t.Errorf("wrote %q, error %v", b.String(), err)
	}
}
