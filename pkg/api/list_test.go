package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// fill records n migrations in pages of 100, each with its number as the total time, and others between them.
func fill(t testing.TB, h http.Handler, n int) {
	t.Helper()
	var rows []string
	for i := range n {
		source := []string{"lab", "libvirt", "api"}[i%3]
		at := fmt.Sprintf("2026-01-%02dT12:00:00Z", 1+i%20)
		rows = append(rows, fmt.Sprintf(`{"cpu_load": 50, "downtime_ms": 120, "total_time_ms": %d, "source": %q, "group": "g%d", "at": %q, "site": "rack %d"}`, i, source, i%2, at, i%4))
	}
	for some := range slices.Chunk(rows, 100) {
		read[recorded](t, do(h, "POST", "/migrations", "["+strings.Join(some, ",")+"]"), http.StatusCreated)
	}
}

// walk follows the cursors from the first page to the last and answers the number of each migration.
func walk(t testing.TB, h http.Handler, query string, most int) []int {
	t.Helper()
	var numbers []int
	for cursor, pages := "", 0; ; pages++ {
		p := page(t, h, fmt.Sprintf("?%s&limit=%d&cursor=%s", query, most, cursor))
		for _, m := range p.Migrations {
			numbers = append(numbers, int(m["total_time_ms"].(float64)))
		}
		if len(p.Migrations) > most || pages > 1000 {
			t.Fatalf("%d migrations on page %d", len(p.Migrations), pages)
		}
		if cursor = p.NextCursor; cursor == "" {
			return numbers
		}
		if len(p.Migrations) != most {
			t.Fatalf("%d migrations on a page that is not the last", len(p.Migrations))
		}
	}
}

func TestWalkOverAllPages(t *testing.T) {
	const n = 250
	s := newServer(t, remembering(t))
	fill(t, s, n)
	var want []int
	for i := range n {
		want = append(want, n-1-i)
	}
	for _, most := range []int{7, 50, 100, 250, 251, 1000} {
		if got := walk(t, s, "", most); !slices.Equal(got, want) {
			t.Errorf("%d at a time: %d migrations, want the %d from the last to the first", most, len(got), n)
		}
	}
	if got := page(t, s, ""); len(got.Migrations) != 100 || got.NextCursor == "" {
		t.Errorf("%d migrations on a page whose size was not asked for, then %q", len(got.Migrations), got.NextCursor)
	}
}

func TestFilters(t *testing.T) {
	const n = 60
	s := newServer(t, remembering(t))
	fill(t, s, n)
	for query, keep := range map[string]func(i int) bool{
		"":                                      func(int) bool { return true },
		"group=g1":                              func(i int) bool { return i%2 == 1 },
		"site=rack%203":                         func(i int) bool { return i%4 == 3 },
		"site=nowhere":                          func(int) bool { return false },
		"group=nobody":                          func(int) bool { return false },
		"source=libvirt":                        func(i int) bool { return i%3 == 1 },
		"source=precopy":                        func(int) bool { return false },
		"since=2026-01-15T12:00:00Z":            func(i int) bool { return i%20 >= 14 },
		"since=2026-01-15T13:00:01%2B01:00":     func(i int) bool { return i%20 >= 15 },
		"group=g0&source=api&since=2026-01-05T": nil,
		"group=g0&source=api&since=2026-01-05T00:00:00Z": func(i int) bool {
			return i%2 == 0 && i%3 == 2 && i%20 >= 4
		},
	} {
		if keep == nil {
			wantProblem(t, do(s, "GET", "/migrations?"+query, ""), http.StatusUnprocessableEntity, "query.since")
			continue
		}
		var want []int
		for i := n - 1; i >= 0; i-- {
			if keep(i) {
				want = append(want, i)
			}
		}
		if got := walk(t, s, query, 7); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

// What is recorded while somebody walks neither moves nor repeats what he sees.
func TestWalkWhileOthersRecord(t *testing.T) {
	s := newServer(t, remembering(t))
	fill(t, s, 20)
	first := page(t, s, "?limit=10")
	fill(t, s, 5)
	second := page(t, s, "?limit=10&cursor="+first.NextCursor)
	if n := len(second.Migrations); n != 10 || second.Migrations[0]["total_time_ms"] != 9.0 || second.NextCursor != "" {
		t.Errorf("%d migrations, then %q", n, second.NextCursor)
	}
}
