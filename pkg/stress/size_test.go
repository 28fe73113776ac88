package stress

import "testing"

func TestParseSize(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "512": 512, "512b": 512, "4k": 4 << 10, "4K": 4 << 10, "4kB": 4 << 10, "4KiB": 4 << 10,
		"512M": 512 << 20, "512mb": 512 << 20, "1g": 1 << 30, "1.5G": 3 << 29, "2T": 2 << 40, " 7 MiB ": 7 << 20,
		"1e3k": 1000 << 10,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "k", "ib", "b", "-1", "-1k", "1x", "1kk", "five", "nan", "inf", "9999999t", "1e30", "50%", "0x10k ib"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"512M", "1.5g", "0", "4kib", "-1", "1e400", "NaN"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSize(text); err == nil && !(s >= 0 && s < 1<<63) {
			t.Errorf("%q is %g bytes", text, float64(s))
		}
	})
}

func TestSizeForAPerson(t *testing.T) {
	for size, want := range map[Size]string{
		0: "0 B", 512: "512 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 512 << 20: "512 MiB",
		1<<30 - 1: "1 GiB", 1 << 50: "1024 TiB", 300 << 20: "300 MiB",
	} {
		if got := size.String(); got != want {
			t.Errorf("%g is %q, want %q", float64(size), got, want)
		}
	}
}
