package guest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// echo answers a request with itself, and refuses the verb "no".
func echo(verb, arguments string) (string, error) {
	if verb == "no" {
		return "", errors.New("not\nthat")
	}
	return verb + "(" + arguments + ")", nil
}

// twoWay joins what is read and what is written.
type twoWay struct {
	io.Reader
	io.Writer
}

func TestServeLine(t *testing.T) {
	long := strings.Repeat("x", maxLine) + "3 left out\n"
	for _, c := range []struct{ requests, want string }{
		{"1 ping\n", "1 ok ping()\n"},
		{"7 set a=1 b=2\r\n", "7 ok set(a=1 b=2)\n"},
		{"\n \n2 go\n", "2 ok go()\n"},
		{"3 no\n", "3 error not; that\n"},
		{"ping\n", "0 error \"ping\" does not begin with its number; write NUMBER VERB\n"},
		{long + "4 stat\n", "4 ok stat()\n"},
		{"5 half a li", ""},
	} {
		var out bytes.Buffer
		err := serveLine(twoWay{strings.NewReader(c.requests), &out}, echo)
		if out.String() != c.want || !errors.Is(err, io.EOF) {
			t.Errorf("%.40q: got %q, %v, want %q", c.requests, out.String(), err, c.want)
		}
	}
}

func TestReadReply(t *testing.T) {
	for _, c := range []struct {
		line, result string
		mine         bool
		fault        string
	}{
		{"8 ok", "", true, ""},
		{"8 ok a=1 b=2", "a=1 b=2", true, ""},
		{"8 error no room", "", true, "no room"},
		{"8 ping", "", false, ""},
		{"7 ok late", "", false, ""},
		{"18 ok other", "", false, ""},
		{"", "", false, ""},
	} {
		result, mine, err := readReply(c.line, 8)
		if result != c.result || mine != c.mine || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%q: got %q, %v, %v", c.line, result, mine, err)
		}
	}
}

// FuzzServeLine holds what any bytes on the line must keep to: each reply is one line with a number that the asker
// understands, and whole requests behind junk that has ended are answered.
func FuzzServeLine(f *testing.F) {
	f.Add([]byte("1 ping\n2 set a=1\n"))
	f.Add(bytes.Repeat([]byte("y"), 2*maxLine))
	f.Fuzz(func(t *testing.T, junk []byte) {
		var out bytes.Buffer
		requests := append(bytes.Clone(junk), "\n99 ping x\n"...)
		if err := serveLine(twoWay{bytes.NewReader(requests), &out}, echo); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		last := ""
		for line := range strings.Lines(out.String()) {
			number, _, _ := strings.Cut(line, " ")
			n, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				t.Fatalf("the reply %q has no number", line)
			}
			if _, mine, _ := readReply(strings.TrimSpace(line), n); !mine {
				t.Fatalf("the reply %q is not read as one", line)
			}
			last = line
		}
		if last != "99 ok ping(x)\n" {
			t.Errorf("the last reply is %q", last)
		}
	})
}

func TestReadLineDropsLongOnes(t *testing.T) {
	in := bufio.NewReaderSize(strings.NewReader(strings.Repeat("z", 3*maxLine)+"\nshort\n"), maxLine)
	if got, err := readLine(in); got != "short" || err != nil {
		t.Errorf("got %.20q, %v", got, err)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add(Stat{TotalMiB: 217.4, AvailableMiB: 190, PagesWritten: 1 << 40, Ticks: 12, DiskMB: 0.066, UptimeS: 3.25}.String())
	f.Add("total_mib=1")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseStat(text)
		if err != nil {
			return
		}
		again, err := parseStat(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q reads as %v and again as %v, %v", text, s, again, err)
		}
	})
}

func TestParseStat(t *testing.T) {
	want := Stat{TotalMiB: 217.4, AvailableMiB: 190.2, PagesWritten: 7, Ticks: 8, DiskMB: 0.5, UptimeS: 3.25}
	if got, err := parseStat(want.String() + " new=1"); got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{"", "total_mib", "total_mib=a available_mib=1 pages_written=1 ticks=1 disk_mb=1 uptime_s=1"} {
		if _, err := parseStat(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
