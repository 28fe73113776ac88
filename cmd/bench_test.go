package cmd

import "testing"

// BenchmarkPredictCommand is one whole command, but for the start of the process.
func BenchmarkPredictCommand(b *testing.B) {
	for b.Loop() {
		c := newFakeEnv("predict", "--cpu", "75", "--mem", "68", "-o", "json")
		if code := execute(b.Context(), &c.env); code != exitOK {
			b.Fatal(c.errs.String())
		}
	}
}
