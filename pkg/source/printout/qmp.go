package printout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"vmmp/pkg/migration"
)

// readQMP reads messages of QEMU's machine protocol (qapi/migration.json of QEMU): replies of query-migrate,
// query-dirty-rate, query-migrate-parameters, query-migrate-capabilities and query-version, bare or in {"return": ...},
// one after the other or in an array. What belongs to one VM stands in one file. A query-migrate reply begins a report
// where one was told already.
func readQMP(f *file) ([]Report, error) {
	q := qmpReplies{common: observed("", 1)}
	decoder := json.NewDecoder(bytes.NewReader(f.text))
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, notJSON(err, f.text, decoder.InputOffset())
		}
		q.line = 1 + bytes.Count(f.text[:int(decoder.InputOffset())-len(raw)], []byte("\n"))
		if err := q.message(raw); err != nil {
			return nil, fmt.Errorf("line %d: %w", q.line, err)
		}
	}
	if !q.any {
		return nil, errors.New("has no reply of query-migrate, query-dirty-rate, query-migrate-parameters, " +
			"query-migrate-capabilities or query-version")
	}
	return q.finish(), nil
}

// notJSON returns what is wrong with a text that stops being JSON.
func notJSON(err error, text []byte, offset int64) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	line := 1 + bytes.Count(text[:min(int64(len(text)), offset)], []byte("\n"))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("ends in the middle of a reply: save the whole of it")
	}
	return fmt.Errorf("line %d: is no JSON: %s", line, strings.TrimPrefix(err.Error(), "json: "))
}

// qmpReplies is what is known of the messages so far.
type qmpReplies struct {
	line    int
	any     bool
	reports []Report // of migrations
	common  Report   // what was replied of the VM whatever its migration
}

// finish returns a report for each migration, or the one of a VM that is not migrated.
func (q *qmpReplies) finish() []Report {
	if len(q.reports) == 0 {
		return []Report{q.common}
	}
	for i := range q.reports {
		r := &q.reports[i]
		r.Features = q.common.Features.Or(r.Features)
		maps.Copy(r.Origins, q.common.Origins)
		r.Notes = append(r.Notes, q.common.Notes...)
	}
	return q.reports
}

// message reads one message.
func (q *qmpReplies) message(raw json.RawMessage) error {
	var fields map[string]json.RawMessage
	if raw[0] == '[' {
		var many []json.RawMessage
		if err := json.Unmarshal(raw, &many); err != nil {
			return err
		}
		return q.array(many, raw)
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return errors.New("is no object: a reply of QEMU is one")
	}
	if failed, ok := fields["error"]; ok {
		var e struct{ Desc string }
		_ = json.Unmarshal(failed, &e)
		return fmt.Errorf("QEMU answered with an error: %q", clip(e.Desc))
	}
	if greeting, ok := fields["QMP"]; ok {
		return q.version(greeting)
	}
	if reply, ok := fields["return"]; ok {
		if string(reply) == "{}" || len(reply) > 0 && reply[0] != '{' && reply[0] != '[' {
			return nil // of a command that changes something
		}
		return q.message(reply)
	}
	return q.reply(fields, raw)
}

// array reads the reply of query-migrate-capabilities, or messages that somebody put into an array.
func (q *qmpReplies) array(many []json.RawMessage, raw json.RawMessage) error {
	var list []struct {
		Capability string
		State      bool
	}
	if err := json.Unmarshal(raw, &list); err == nil && len(list) > 0 && list[0].Capability != "" {
		q.any = true
		for _, c := range list {
			if f, ok := capabilities[c.Capability]; ok {
				q.common.told(f, map[bool]float64{true: 1}[c.State], "query-migrate-capabilities, "+c.Capability)
			}
		}
		return nil
	}
	for _, one := range many {
		if err := q.message(one); err != nil {
			return err
		}
	}
	return nil
}

// capabilities are those of QEMU that are features.
var capabilities = map[string]migration.Feature{
	"auto-converge": migration.AutoConverge, "xbzrle": migration.XBZRLE,
}
