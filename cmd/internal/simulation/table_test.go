package simulation

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// watched is a table on a made-up terminal, of a run of so many migrations.
func watched(b *strings.Builder, clock *time.Time, total int, columns []column) *Table {
	now := func() time.Time { return *clock }
	return &Table{
		live: terminal.NewLive(b, now, true), now: now, columns: append(columns, outcomeColumns...), begun: *clock,
		total: total, repeats: true, groups: groups{},
	}
}

// played shows a table the migrations, a second apart.
func played(t *testing.T, w *Table, clock *time.Time, all []simulate.Migration) {
	t.Helper()
	var soFar simulate.Accumulator
	for i := range all {
		*clock = clock.Add(time.Second)
		soFar.Add(&all[i])
		if err := w.Add(&all[i], &soFar); err != nil {
			t.Fatal(err)
		}
	}
}

// screen is what a terminal shows after it was written to.
func screen(text string) string {
	var lines []string
	for text != "" {
		if erase := regexp.MustCompile(`^\x1b\[([0-9]+)A\r\x1b\[J`).FindStringSubmatch(text); erase != nil {
			n := 0
			for _, digit := range erase[1] {
				n = 10*n + int(digit-'0')
			}
			lines, text = lines[:len(lines)-n], text[len(erase[0]):]
			continue
		}
		line, rest, _ := strings.Cut(text, "\n")
		lines, text = append(lines, line), rest
	}
	return strings.Join(lines, "\n")
}

func TestTableOnATerminal(t *testing.T) {
	var b strings.Builder
	clock := time.Unix(1000, 0)
	w := watched(&b, &clock, 8, namedColumns)
	_, r := simulated(t, 4)
	for i := range r.Simulations {
		r.Simulations[i].Name = []string{"one", "two"}[i%2]
	}
	played(t, w, &clock, r.Simulations)
	shown := screen(b.String())
	for _, want := range []string{
		`(?m)^ {24,}predicted +90 % interval +actual +total  prediction$`, `(?m)^    1 +one .* 9 % off$`, `(?m)^    2 +two .* not converged$`,
		`(?m)^off by  ▁█▁ +  9 % in the median$`, `(?m)^the 90 % interval held 67 %, 75 % switched over$`, `█+░+ 4 of 8, about 4.0 s left$`,
	} {
		if !regexp.MustCompile(want).MatchString(shown) {
			t.Errorf("no %s in\n%s", want, shown)
		}
	}
	if strings.Count(shown, "off by") != 1 {
		t.Errorf("the end was not drawn in place:\n%s", shown)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	sum := page.New(false, terminal.DefaultWidth)
	w.Summary(sum, &r)
	shown = screen(b.String() + sum.String())
	if strings.Contains(shown, "about") || !strings.Contains(shown, "\nBy name\n") || !strings.Contains(shown, "\nIn sum\n") || !strings.Contains(shown, "\nSeed                1234567890, ") {
		t.Errorf("at the end:\n%s", shown)
	}
}

// Nobody knows when an endless run ends.
func TestTableWithoutAnEnd(t *testing.T) {
	var b strings.Builder
	clock := time.Unix(1000, 0)
	w := watched(&b, &clock, 0, machineColumns)
	_, r := simulated(t, 3)
	played(t, w, &clock, r.Simulations)
	if shown := screen(b.String()); !strings.HasSuffix(shown, "3 in 3.0 s; Ctrl-C ends the run with its summary") {
		t.Errorf("shown is\n%s", shown)
	}
}

// A table of names is worth it when they repeat, and are few.
func TestGroups(t *testing.T) {
	named := func(names ...string) groups {
		g := groups{}
		for _, name := range names {
			g.add(&simulate.Migration{Name: name, Outcome: simulate.Outcome{Status: migration.NotConverged}})
		}
		return g
	}
	if got := named("b", "a", "b").sorted(); len(got) != 2 || got[0].name != "b" || got[0].sum.Summary().Count != 2 || got[1].name != "a" {
		t.Errorf("sorted %v", got)
	}
	var rows []string
	for i := range 2 * mostGroups {
		rows = append(rows, strings.Repeat("x", i+1), "again")
	}
	for name, g := range map[string]groups{"each once": named("a", "b"), "one": named("a", "a"), "rows": named(rows...), "none": named()} {
		if got := g.sorted(); got != nil {
			t.Errorf("%s: %d groups", name, len(got))
		}
	}
}

func TestClipped(t *testing.T) {
	for name, want := range map[string]string{"short": "short", "exactly8": "exactly8", "longer than": "longer …", "größer als": "größer …"} {
		if got := clipped(name, 8); got != want {
			t.Errorf("clipped(%q) = %q, want %q", name, got, want)
		}
	}
}
