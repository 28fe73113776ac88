package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func written(t *testing.T, c Config) string {
	t.Helper()
	var b strings.Builder
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteShowsEveryKey(t *testing.T) {
	text := written(t, Default())
	for _, k := range Keys {
		name := strings.TrimPrefix(k.Name, k.section()+".")
		if !strings.Contains(text, "# "+k.Doc+"\n") || !strings.Contains(text, name+": ") {
			t.Errorf("%s is missing in\n%s", k.Name, text)
		}
	}
	for line := range strings.Lines(text) {
		if len(line) > 105 || strings.TrimRight(line, " \n")+"\n" != line {
			t.Errorf("a line reads %q", line)
		}
	}
}

func TestWriteForms(t *testing.T) {
	c := Default()
	c.Model, c.Business.PricePerSecond, c.Business.Currency = "a \"b\"\\c: #d", 0.1, "€"
	text := written(t, c)
	for _, line := range []string{
		`addr: ":8001"`, `model: "a \"b\"\\c: #d"`, `history: ""`, `prediction_key: ""`, `timeouts:`, `  idle: 2m`,
		`  linger: 0s`, `  level: info`, `  price_per_second: 0.1`, `  currency: "€"`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
}

func TestWriteHidesSecrets(t *testing.T) {
	for history, line := range map[string]string{
		"postgres://vmmp:s3cret@db:5432/vmmp?sslmode=verify-full": `history: "postgres://vmmp@db:5432/vmmp?sslmode=verify-full" # without its password (hidden)`,
		"postgres://db/vmmp?password=s3cret&user=vmmp":            `history: "postgres://db/vmmp?user=vmmp" # without its password (hidden)`,
		"postgres://db/vmmp?Pass%77ord=s3cret":                    `history: "postgres://db/vmmp" # without its password (hidden)`,
		"postgres://db/vmmp?a=%zz&sslpassword=s3cret":             `history: "postgres://db/vmmp?a=%zz" # without its password (hidden)`,
		"postgres://vmmp@db/vmmp?user=a&host=b":                   `history: "postgres://vmmp@db/vmmp?user=a&host=b"`,
		"postgres://vmmp:s3cret%zz@db/vmmp":                       `# history: (hidden)`,
	} {
		c := Default()
		c.PredictionKey, c.History = "s3cret-key", history
		text := written(t, c)
		if strings.Contains(text, "s3cret") {
			t.Errorf("the secret is in\n%s", text)
		}
		for _, want := range []string{line, "# prediction_key: (hidden)"} {
			if !strings.Contains(text, "\n"+want+"\n") {
				t.Errorf("no line %s in\n%s", want, text)
			}
		}
		if _, faults := parse("written", []byte(text)); len(faults) > 0 {
			t.Errorf("%v in\n%s", faults, text)
		}
	}
}

func TestWrittenReadsAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		for _, k := range Keys {
			v := k.at(&c)
			switch v := v.(type) {
			case text:
				typed := rapid.String().Draw(t, k.Name)
				if k.Name == "addr" {
					typed = rapid.SampledFrom([]string{":0", "127.0.0.1:8001", "[::1]:1", "vm.example:65535"}).Draw(t, k.Name)
				}
				if v.check(typed) == nil {
					*v.at = typed
				}
			case duration:
				unit := rapid.SampledFrom([]time.Duration{1, time.Millisecond, time.Second, time.Minute, time.Hour}).Draw(t, "unit")
				*v.at = unit * time.Duration(rapid.IntRange(1, 1e6).Draw(t, k.Name))
			case count:
				*v.at = rapid.Int64Min(0).Draw(t, k.Name)
			case price:
				*v.at = rapid.Float64Min(0).Filter(func(p float64) bool { return p <= 1e308 }).Draw(t, k.Name)
			case level:
				*v.at = rapid.SampledFrom(levels).Draw(t, k.Name)
			case choice:
				*v.at = rapid.SampledFrom(v.of).Draw(t, k.Name)
			}
		}
		rewritten(t, c)
	})
}

// Every key can hold what every value of its kind looks like in a file.
func TestWrittenSamplesReadAsTheSame(t *testing.T) {
	for i := range Keys {
		k := &Keys[i]
		for _, typed := range samples(k) {
			c := Default()
			if err := k.at(&c).set(typed); err != nil {
				t.Fatal(err)
			}
			rewritten(t, c)
		}
	}
}

// fullDisk takes no bytes.
type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteToAFullDisk(t *testing.T) {
	if err := Default().Write(fullDisk{}); !errors.Is(err, errFull) {
		t.Errorf("Write = %v, want %v", err, errFull)
	}
}

func TestSections(t *testing.T) {
	var sections []string
	for line := range strings.Lines(written(t, Default())) {
		if name, found := strings.CutSuffix(line, ":\n"); found && !strings.HasPrefix(line, "#") {
			sections = append(sections, name)
		}
	}
	if want := []string{"sources", "retention", "timeouts", "log", "business"}; !slices.Equal(sections, want) {
		t.Errorf("sections %q, want %q", sections, want)
	}
}
