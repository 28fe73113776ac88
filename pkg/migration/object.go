package migration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// field is one field of a JSON object: its name and the text of its value.
type field struct {
	name string
	raw  json.RawMessage
}

// object splits one JSON object into its fields, in their order.
func object(data []byte) ([]field, error) {
	if !utf8.Valid(data) { // the decoder would put U+FFFD in its place
		return nil, errors.New("is not valid UTF-8")
	}
	data = bytes.Trim(data, " \t\r\n")
	if len(data) == 0 || data[0] != '{' || !json.Valid(data) {
		return nil, noObject(data)
	}
	var fields []field
	seen := map[string]bool{}
	for rest := skipMarks(data[1:]); rest[0] != '}'; {
		end := valueEnd(rest)
		var name string
		if err := json.Unmarshal(rest[:end], &name); err != nil {
			return nil, fmt.Errorf("is not valid JSON%s", because(err))
		}
		if seen[name] {
			return nil, fmt.Errorf("has the field %q twice", clip(name))
		}
		seen[name] = true
		rest = skipMarks(rest[end:])
		end = valueEnd(rest)
		fields = append(fields, field{name, json.RawMessage(rest[:end])})
		rest = skipMarks(rest[end:])
	}
	return fields, nil
}

// noObject returns why data is not one JSON object.
func noObject(data []byte) error {
	var raw json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(data))
	err := decoder.Decode(&raw)
	switch {
	case len(data) == 0 || data[0] != '{':
		return fmt.Errorf("must be one JSON object like {\"cpu_load\": 75, \"memory_usage\": 68}%s", because(err))
	case err != nil:
		return fmt.Errorf("is not valid JSON%s", because(err))
	}
	return errors.New("has something after the JSON object")
}

// skipMarks passes over what stands between two names or values of a valid object.
func skipMarks(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n,:") }

// valueEnd returns the length of the value that valid JSON begins with.
func valueEnd(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			continue
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth == 0 && strings.IndexByte(" \t\r\n,:]}", c) >= 0:
			return i
		default:
			continue
		}
		if depth == 0 && !quoted { // a string, an object or an array ends here
			return i + 1
		}
	}
	return len(text)
}

func because(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return ": it ends too early"
	}
	return ": " + strings.TrimPrefix(err.Error(), "json: ")
}
