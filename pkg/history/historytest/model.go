package historytest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
)

// A plain is a history without a disk: what a store does is checked against it.
type plain struct {
	entries []history.Entry // oldest first
	batches map[string]plainBatch
}

type plainBatch struct {
	digest [32]byte
	ids    []int64
	at     time.Time
}

func (p *plain) read(q history.Query) []history.Entry {
	var chosen []history.Entry
	for _, e := range slices.Backward(p.entries) {
		switch {
		case q.Before > 0 && e.ID >= q.Before, q.Group != "" && e.Group != q.Group, q.Source != "" && e.Source != q.Source:
		case q.Site != "" && e.Site != q.Site:
		case !q.Since.IsZero() && (e.At.IsZero() || e.At.Before(q.Since)):
		case len(chosen) < q.PageSize():
			chosen = append(chosen, e)
		}
	}
	return chosen
}

func (p *plain) prune(keep history.Retention, now time.Time) int64 {
	before := len(p.entries)
	if keep.MaxAge > 0 {
		oldest := now.Add(-keep.MaxAge)
		p.entries = slices.DeleteFunc(p.entries, func(e history.Entry) bool { return e.RecordedAt.Before(oldest) })
	}
	if keep.MaxRows > 0 {
		p.entries = p.entries[max(0, len(p.entries)-int(keep.MaxRows)):]
	}
	for key, b := range p.batches {
		if b.at.Before(now.Add(-history.KeyLifetime)) {
			delete(p.batches, key)
		}
	}
	return int64(before - len(p.entries))
}

// A machine does the same to a store and to its model.
type machine struct {
	t        *testing.T
	open     Opener
	location string
	clock    *clock
	store    history.Store
	model    plain
}

func testModel(t *testing.T, open Opener, location string) {
	m := &machine{t: t, open: open, location: location, clock: newClock()}
	m.store = open.Must(t, location, m.clock.read)
	rapid.Check(t, func(rt *rapid.T) {
		m.clock.advance(10 * history.KeyLifetime)
		if _, err := m.store.Prune(t.Context(), history.Retention{MaxAge: 1}); err != nil {
			rt.Fatal(err)
		}
		m.model = plain{batches: map[string]plainBatch{}}
		rt.Repeat(map[string]func(*rapid.T){
			"append": m.append, "append again": m.append, "read": m.read, "prune": m.prune, "reopen": m.reopen,
			"wait": func(rt *rapid.T) {
				m.clock.advance(time.Duration(rapid.Int64Range(1, int64(history.KeyLifetime)).Draw(rt, "wait")) / 1000 * 1000)
			},
		})
	})
}

var (
	drawnGroup  = rapid.SampledFrom([]string{"", "web-1", "web-2", "ünï", "a%b_"})
	drawnSite   = rapid.SampledFrom([]string{"", "lab", "rack 4, 10 Gbps"})
	drawnSource = rapid.SampledFrom(append([]migration.Source{""}, migration.Sources...))
	drawnAt     = rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "undated") {
			return time.Time{}
		}
		return time.UnixMicro(rapid.Int64Range(0, 10).Draw(t, "micros")).UTC()
	})
)

func drawEntry(t *rapid.T) history.Entry {
	e := EmptyEntry()
	if rapid.Bool().Draw(t, "full") {
		e = FullEntry("")
	}
	e.Group, e.Source, e.At = drawnGroup.Draw(t, "group"), drawnSource.Draw(t, "source"), drawnAt.Draw(t, "at")
	e.Site = drawnSite.Draw(t, "site")
	return e
}

func (m *machine) append(rt *rapid.T) {
	b := history.Batch{
		Entries: rapid.SliceOfN(rapid.Custom(drawEntry), 0, 4).Draw(rt, "entries"),
		Key:     rapid.SampledFrom([]string{"", "", "k1", "k2"}).Draw(rt, "key"),
		Digest:  [32]byte{rapid.ByteRange(0, 1).Draw(rt, "digest")},
	}
	got, err := m.store.Append(m.t.Context(), b)
	earlier, known := m.model.batches[b.Key]
	switch {
	case known && earlier.digest != b.Digest:
		if !errors.Is(err, history.ErrKeyReused) {
			rt.Fatalf("reused: %v, %v", got, err)
		}
	case known:
		if diff := cmp.Diff(history.Receipt{IDs: earlier.ids, Replayed: true}, got); diff != "" || err != nil {
			rt.Fatal(err, diff)
		}
	default:
		m.added(rt, b, got, err)
	}
}

// added does to the model what a store did that had not seen the batch before.
func (m *machine) added(rt *rapid.T, b history.Batch, got history.Receipt, err error) {
	if err != nil || got.Replayed || len(got.IDs) != len(b.Entries) {
		rt.Fatal(got, err)
	}
	for i, e := range b.Entries {
		if n := len(m.model.entries); n > 0 && got.IDs[i] <= m.model.entries[n-1].ID {
			rt.Fatalf("id %d after %d", got.IDs[i], m.model.entries[n-1].ID)
		}
		m.model.entries = append(m.model.entries, Kept(e, got.IDs[i], m.clock.read()))
	}
	if b.Key != "" {
		m.model.batches[b.Key] = plainBatch{b.Digest, got.IDs, m.clock.read()}
	}
}

func (m *machine) read(rt *rapid.T) {
	q := history.Query{
		Limit: rapid.IntRange(0, 5).Draw(rt, "limit"), Group: drawnGroup.Draw(rt, "group"),
		Source: drawnSource.Draw(rt, "source"), Site: drawnSite.Draw(rt, "site"), Since: drawnAt.Draw(rt, "since"),
	}
	if n := len(m.model.entries); n > 0 && rapid.Bool().Draw(rt, "page") {
		q.Before = m.model.entries[rapid.IntRange(0, n-1).Draw(rt, "before")].ID
	}
	got, err := m.store.Read(m.t.Context(), q)
	if diff := cmp.Diff(m.model.read(q), got, Equal); diff != "" || err != nil {
		rt.Fatalf("%+v: %v %s", q, err, diff)
	}
	all := q
	all.Limit = len(m.model.entries) + 1
	if diff := cmp.Diff(m.model.read(all), Collect(m.t, m.store, q), Equal); diff != "" {
		rt.Fatalf("all of %+v: %s", q, diff)
	}
}

func (m *machine) prune(rt *rapid.T) {
	keep := history.Retention{
		MaxAge:  time.Duration(rapid.Int64Range(0, 3).Draw(rt, "half days")) * history.KeyLifetime / 2,
		MaxRows: rapid.Int64Range(0, 8).Draw(rt, "rows"),
	}
	want := m.model.prune(keep, m.clock.read())
	if n, err := m.store.Prune(m.t.Context(), keep); n != want || err != nil {
		rt.Fatal(fmt.Sprintf("%+v: ", keep), n, want, err)
	}
}

func (m *machine) reopen(*rapid.T) {
	Close(m.t, m.store)
	m.store = m.open.Must(m.t, m.location, m.clock.read)
}
