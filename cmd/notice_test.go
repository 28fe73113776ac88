package cmd

import (
	"fmt"
	"testing"
)

func TestNoticeOfColumns(t *testing.T) {
	var many []string
	for i := range mostNamed + 3 {
		many = append(many, fmt.Sprint(i))
	}
	for _, c := range []struct {
		unknown []string
		want    string
	}{
		{nil, ""},
		{[]string{"site"}, "site"},
		{[]string{"cpu_lod", "site"}, "cpu_lod (did you mean cpu_load?), site"},
		{[]string{"", "two\nlines", "\x1b[31mred"}, `"", "two\nlines", "\x1b[31mred"`},
		{many, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, and 3 more"},
	} {
		fake := newFakeEnv()
		noticeColumns(&fake.env, "f.csv", c.unknown)
		want := "vmmp: f.csv: left out unknown columns: " + c.want + "\n"
		if c.want == "" {
			want = ""
		}
		if got := fake.errs.String(); got != want {
			t.Errorf("%q: told %q, want %q", c.unknown, got, want)
		}
	}
}
