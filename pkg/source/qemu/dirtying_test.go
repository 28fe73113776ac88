package qemu

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/source"
)

// dirtying lets a QEMU measure so many MiB/s in each window, in ms or in seconds, and returns what it is asked to do.
func dirtying(q *qmptest.QEMU, rates map[float64]int) func() []map[string]any {
	var mu sync.Mutex
	var asked []map[string]any
	q.Answer("calc-dirty-rate", func(arguments map[string]any) string {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, arguments)
		return `"return": {}`
	})
	q.Answer("query-dirty-rate", func(map[string]any) string {
		mu.Lock()
		defer mu.Unlock()
		return fmt.Sprintf(`"return": {"status": "measured", "dirty-rate": %d}`, rates[asked[len(asked)-1]["calc-time"].(float64)])
	})
	return func() []map[string]any {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(asked)
	}
}

func TestDirtyRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		asked := dirtying(q, map[float64]int{1000: 12})
		o := seen(t, q, source.Ask{DirtyRate: true})
		tells(t, o, map[migration.Feature]float64{migration.DirtyRate: 12})
		want := []map[string]any{{"calc-time": 1000.0, "calc-time-unit": "millisecond", "mode": "page-sampling", "sample-pages": 16384.0}}
		if got := asked(); !reflect.DeepEqual(got, want) {
			t.Errorf("asked %v", got)
		}
		if from := o.Origins[migration.DirtyRate].From; from != "calc-dirty-rate, page-sampling over 1 s" || o.Features.Known().Has(migration.DirtyCurve) {
			t.Errorf("of %q", from)
		}
	})
}

// A longer window never shows less, whatever rounding makes of it.
func TestDirtyCurve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-kvm", qmptest.Return(`{"enabled": true, "present": true}`))
		asked := dirtying(q, map[float64]int{100: 90, 300: 20, 1000: 15, 3000: 4})
		o := seen(t, q, source.Ask{Curve: true})
		want := []migration.Point{{Seconds: 0.1, MiB: 9}, {Seconds: 0.3, MiB: 9}, {Seconds: 1, MiB: 15}, {Seconds: 3, MiB: 15}}
		if !reflect.DeepEqual(o.Features.Points(), want) {
			t.Errorf("%v, want %v", o.Features.Points(), want)
		}
		tells(t, o, map[migration.Feature]float64{migration.DirtyRate: 15, migration.Hypervisor: migration.HypervisorKVM})
		if got := asked(); len(got) != 4 || got[0]["mode"] != "dirty-bitmap" || got[0]["sample-pages"] != nil {
			t.Errorf("asked %v", got)
		}
	})
}

// Where dirtying is logged in a ring, QEMU refuses to log it in a bitmap.
func TestDirtyRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-kvm", qmptest.Return(`{"enabled": true, "present": true}`))
		q.Answer("query-dirty-rate", qmptest.Return(`{"status": "measured", "dirty-rate": 12}`))
		q.Answer("calc-dirty-rate", func(arguments map[string]any) string {
			if arguments["mode"] == "dirty-bitmap" {
				return qmptest.Refuse(qmp.GenericError, "dirty-bitmap mode is not available with the dirty ring")(nil)
			}
			return `"return": {}`
		})
		o := seen(t, q, source.Ask{DirtyRate: true})
		tells(t, o, map[migration.Feature]float64{migration.DirtyRate: 12})
		if !noted(o, "measured by a sample of its pages: QEMU refuses dirty-bitmap") ||
			o.Origins[migration.DirtyRate].From != "calc-dirty-rate, page-sampling over 1 s" {
			t.Errorf("%q of %+v", o.Notes, o.Origins[migration.DirtyRate])
		}
	})
}

func TestWholeSecondsOfAnOldQEMU(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			major, minor int
			want         map[string]any
		}{
			{8, 1, map[string]any{"calc-time": 1.0, "mode": "page-sampling", "sample-pages": 16384.0}},
			{5, 2, map[string]any{"calc-time": 1.0}},
		} {
			q := qmptest.New(t)
			q.Greet(greeting(test.major, test.minor))
			asked := dirtying(q, map[float64]int{1: 12, 3: 10})
			o := seen(t, q, source.Ask{Curve: true})
			want := []migration.Point{{Seconds: 1, MiB: 12}, {Seconds: 3, MiB: 30}}
			if !reflect.DeepEqual(o.Features.Points(), want) || !noted(o, "no windows below a second") {
				t.Errorf("%v, %q", o.Features.Points(), o.Notes)
			}
			if got := asked(); !reflect.DeepEqual(got[0], test.want) {
				t.Errorf("asked %v", got)
			}
		}
	})
}

func TestLargeGuestsAreSampledThinner(t *testing.T) {
	for mib, want := range map[float64]int{0: 0, 256: 16384, 4096: 16384, 16384: 4096, 131072: 512, 4194304: 512} {
		o := observer{q: sessionOf(t), memoryMiB: mib}
		if got := o.meter().SamplePages; got != want {
			t.Errorf("%v MiB: %d pages per GiB, want %d", mib, got, want)
		}
	}
}

func sessionOf(t *testing.T) *session {
	t.Helper()
	c, err := qmp.NewClient(soon(t), qmptest.Dial(t, func(*qmptest.Server) {}))
	if err != nil {
		t.Fatal(err)
	}
	return &session{Client: c}
}

// Measuring disturbs a migration: it is left out, also when that begins between two windows.
func TestNeverWhileMigrating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const active = `{"status": "active", "total-time": 9, "ram": {"total": 1, "remaining": 1}}`
		q := qmptest.New(t)
		asked := dirtying(q, map[float64]int{100: 10, 300: 10})
		q.Answer("query-migrate", qmptest.Return(active))
		o := seen(t, q, source.Ask{Curve: true})
		if o.VM.State != source.Migrating || len(asked()) != 0 || !noted(o, "the VM is being migrated, and measuring would disturb that") {
			t.Errorf("asked %v, notes %q", asked(), o.Notes)
		}
		var looks atomic.Int32
		q.Answer("query-migrate", func(map[string]any) string {
			if looks.Add(1) > 4 { // twice when it is listed and described, then before each window
				return `"return": ` + active
			}
			return `"return": {}`
		})
		o = seen(t, q, source.Ask{Curve: true})
		if got := len(asked()); got < 1 || got > 3 || len(o.Features.Points()) != got || !noted(o, "the VM is being migrated") {
			t.Errorf("%d windows, %v, notes %q", got, o.Features.Points(), o.Notes)
		}
	})
}

func TestDirtyingThatCannotBeMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("calc-dirty-rate", qmptest.Refuse(qmp.GenericError, "still measuring"))
		if o := seen(t, q, source.Ask{DirtyRate: true}); o.Features.Known().Has(migration.DirtyRate) || !noted(o, "was not measured: QEMU refuses: still measuring") {
			t.Errorf("%q", o.Notes)
		}
		q.Answer("calc-dirty-rate", qmptest.Return(`{}`))
		q.Answer("query-dirty-rate", qmptest.Return(`{"status": "unstarted"}`))
		if o := seen(t, q, source.Ask{DirtyRate: true}); o.Features.Known().Has(migration.DirtyRate) || !noted(o, "given the measurement up") {
			t.Errorf("%q", o.Notes)
		}
	})
}

// KVM's log begins with all pages where memory was mapped anew: what is more than RAM is not believed.
func TestMoreThanThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("calc-dirty-rate", qmptest.Return(`{}`))
		var asked atomic.Int32
		q.Answer("query-dirty-rate", func(map[string]any) string {
			if asked.Add(1) == 1 {
				return `"return": {"status": "measured", "dirty-rate": 2509}`
			}
			return `"return": {"status": "measured", "dirty-rate": 5}`
		})
		tells(t, seen(t, q, source.Ask{DirtyRate: true}), map[migration.Feature]float64{migration.DirtyRate: 5})
		q.Answer("query-dirty-rate", qmptest.Return(`{"status": "measured", "dirty-rate": 2509}`))
		o := seen(t, q, source.Ask{DirtyRate: true})
		if o.Features.Known().Has(migration.DirtyRate) || !noted(o, "more than there is RAM") {
			t.Errorf("%v, notes %q", o.Features.Get(migration.DirtyRate), o.Notes)
		}
	})
}
