package prometheus

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// reading is the answer to one query, by the id of the VM or the name of the host that each value is of.
type reading struct {
	values map[string][]entry
	ages   map[string][]entry // when the newest sample was taken, in seconds of Unix; nil: it does not matter
	err    error              // that the server had of it
}

// entry is one value.
type entry struct {
	host  string
	value float64
}

// enter sorts the samples of an answer by what they are of. What is no number is left out.
func enter(answer []sample, q query) map[string][]entry {
	all := map[string][]entry{}
	for _, sample := range answer {
		host, v := hostName(sample.metric[q.labels.host]), sample.value
		key := host
		if !q.perHost {
			key = idOf(sample.metric, q.labels)
		}
		if key != "" && !math.IsNaN(v) {
			all[key] = append(all[key], entry{host, v})
		}
	}
	return all
}

// on returns the entries of a host, or all where none is of it.
func on(host string, entries []entry) []entry {
	var kept []entry
	for _, e := range entries {
		if host != "" && e.host == host {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return entries
	}
	return kept
}

// agreement is how far apart, as a share of the larger, two values are that say the same: two servers that scrape one
// exporter do so at different moments.
const agreement = 0.05

// get returns what is told of a VM on a host, or of a host, with the moment of its newest sample; or why nothing is.
func (r reading) get(key, host string, limit time.Duration, now time.Time) (v float64, at time.Time, why string) {
	entries := on(host, r.values[key])
	if len(entries) == 0 {
		return 0, at, "the server has no value of it"
	}
	byValue := func(a, b entry) int { return cmp.Compare(a.value, b.value) }
	least, most := slices.MinFunc(entries, byValue), slices.MaxFunc(entries, byValue)
	if most.value-least.value > agreement*math.Max(math.Abs(most.value), math.Abs(least.value)) {
		return 0, at, differ(least, most, len(entries))
	}
	if r.ages == nil {
		return most.value, now, ""
	}
	at, ok := newest(on(most.host, r.ages[key]))
	if !ok {
		return 0, at, "its series has ended"
	}
	if age := now.Sub(at); age > limit {
		return 0, at, fmt.Sprintf("its newest sample is %v old, more than %v", age.Round(time.Second), limit)
	}
	return most.value, at, ""
}

// differ says that series of one VM contradict each other.
func differ(least, most entry, n int) string {
	text := fmt.Sprintf("%d series tell of it, from %s to %s", n, short(least.value), short(most.value))
	if least.host != most.host {
		return text + fmt.Sprintf(", of the hosts %s and %s", least.host, most.host)
	}
	return text + ": narrow the query of the mapping"
}

// newest returns the latest moment.
func newest(entries []entry) (at time.Time, ok bool) {
	for _, e := range entries {
		if t := unix(e.value); !ok || t.After(at) {
			at, ok = t, true
		}
	}
	return at, ok
}

// unix returns the moment of so many seconds since 1970; the zero time of what no clock can show.
func unix(seconds float64) time.Time {
	if !(math.Abs(seconds) < 1e11) {
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000)))
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
