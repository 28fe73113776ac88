package main

import (
	"fmt"
	"os"
	"strings"

	"vmmp/pkg/atomicfile"
)

// The marks in a document between which the table stands.
const (
	cardFrom = "<!-- truth: written by `make truth-card` -->\n"
	cardTo   = "<!-- /truth -->\n"
)

// writeCard writes the table into a document, in place of what stands between the marks there.
func writeCard(path string, r *report) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the card: %w", err)
	}
	before, rest, opened := strings.Cut(string(text), cardFrom)
	_, after, closed := strings.Cut(rest, cardTo)
	if !opened || !closed {
		return fmt.Errorf("%s has no place for the table: it needs the lines\n%s%s", path, cardFrom, cardTo)
	}
	var table strings.Builder
	if err := writeMarkdown(&table, r); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	if err := atomicfile.Write(path, []byte(before+cardFrom+table.String()+cardTo+after)); err != nil {
		return fmt.Errorf("write the card: %w", err)
	}
	return nil
}
