package prometheus

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// labelName and selector are what they are to Prometheus, names of metrics in braces left out.
var (
	labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	metric    = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
)

func isLabel(text string) bool { return labelName.MatchString(text) }

// maxQuery is how long a query may be, in bytes.
const maxQuery = 10_000

// isSelector reports whether a query, whose syntax was checked, is the series of one metric and no more.
func isSelector(text string) bool {
	name, matchers, found := strings.Cut(text, "{")
	if !metric.MatchString(strings.TrimSpace(name)) {
		return false
	}
	s := scanner{rest: matchers}
	for found && s.next() {
		if s.sign == '}' {
			return strings.TrimSpace(s.rest) == ""
		}
	}
	return !found
}

// checkSyntax finds what is wrong with a query before any server is asked: brackets and quotes that nothing closes, and
// placeholders that mean nothing where they stand. A server finds the rest.
func checkSyntax(text string) error {
	if len(text) > maxQuery {
		return fmt.Errorf("a query of more than %d bytes", maxQuery)
	}
	var open []byte
	found := 0 // placeholders that are not in quotes
	s := scanner{rest: text}
	for s.next() {
		switch s.sign {
		case '(', '[', '{':
			open = append(open, s.sign)
		case ')', ']', '}':
			if len(open) == 0 || closing[open[len(open)-1]] != s.sign {
				return fmt.Errorf("nothing opens the %c before %q", s.sign, clip(s.rest))
			}
			open = open[:len(open)-1]
		case '$':
			if err := checkPlaceholder(s.rest, open); err != nil {
				return err
			}
			found++
		}
	}
	if s.comment {
		return errors.New("a comment would hide what is behind it: write it above the query")
	}
	if s.unclosed {
		return errors.New("a quote is not closed")
	}
	if found < strings.Count(text, vmPlace)+strings.Count(text, hostPlace)+strings.Count(text, intervalPlace) {
		return errors.New("a placeholder within quotes would be replaced as well: write its name in another way")
	}
	if len(open) > 0 {
		return fmt.Errorf("nothing closes a %c", open[len(open)-1])
	}
	return nil
}

var closing = map[byte]byte{'(': ')', '[': ']', '{': '}'}

// placeholders are what they are, each with the bracket that it stands in.
var placeholders = map[string]byte{vmPlace: '{', hostPlace: '{', intervalPlace: '['}

// checkPlaceholder checks what stands behind a dollar sign within the brackets that are open.
func checkPlaceholder(behind string, open []byte) error {
	name := "$" + behind[:len(behind)-len(strings.TrimLeft(behind, "abcdefghijklmnopqrstuvwxyz_"))]
	bracket, ok := placeholders[name]
	switch {
	case !ok:
		return fmt.Errorf("%q is no placeholder: there are $vm, $host and $interval", clip(name))
	case len(open) == 0 || open[len(open)-1] != bracket:
		return fmt.Errorf("%s has to stand within %c%c", name, bracket, closing[bracket])
	}
	return nil
}

// scanner goes through the signs of a query that are not in quotes.
type scanner struct {
	rest     string
	sign     byte
	unclosed bool // a quote was not closed
	comment  bool // there is one
}

// next finds the next sign; false at the end.
func (s *scanner) next() bool {
	for s.rest != "" {
		c := s.rest[0]
		s.rest = s.rest[1:]
		switch c {
		case '"', '\'', '`':
			s.skipQuoted(c)
		case '#':
			s.comment = true
		default:
			s.sign = c
			return true
		}
	}
	return false
}

// skipQuoted goes behind the closing quote.
func (s *scanner) skipQuoted(quote byte) {
	for i := 0; i < len(s.rest); i++ {
		switch {
		case s.rest[i] == '\\' && quote != '`':
			i++
		case s.rest[i] == quote:
			s.rest = s.rest[i+1:]
			return
		}
	}
	s.rest, s.unclosed = "", true
}
