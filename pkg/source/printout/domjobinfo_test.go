package printout

import (
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

// runningJob is what virsh prints of a migration in its fourth round.
const runningJob = `Job type:         Unbounded
Operation:        Outgoing migration
Time elapsed:     20480        ms
Data processed:   18.250 GiB
Data remaining:   512.000 MiB
Data total:       32.016 GiB
Memory processed: 18.250 GiB
Memory remaining: 512.000 MiB
Memory total:     32.016 GiB
Memory bandwidth: 1.000 GiB/s
Dirty rate:       25600        pages/s
Page size:        4096         bytes
Iteration:        4
Postcopy requests: 0
Constant pages:   9000000
Normal pages:     4800000
Normal data:      18.311 GiB
Expected downtime: 500         ms
Setup time:       12           ms
Auto converge throttle: 20

`

// completedJob is what it prints with --completed.
const completedJob = `Job type:         Completed
Operation:        Outgoing migration
Time elapsed:     8123         ms
Time elapsed w/o network: 8120         ms
Data processed:   1.250 GiB
Data remaining:   0.000 B
Data total:       8.016 GiB
Memory processed: 1.250 GiB
Memory remaining: 0.000 B
Memory total:     8.016 GiB
Memory bandwidth: 160.000 MiB/s
Dirty rate:       0            pages/s
Page size:        4096         bytes
Iteration:        3
Postcopy requests: 0
Constant pages:   1777000
Normal pages:     327000
Normal data:      1.247 GiB
Total downtime:   87           ms
Downtime w/o network: 84           ms
Setup time:       5            ms
`

const failedJob = `Job type:         Failed
Operation:        Outgoing migration
Time elapsed:     31000        ms
Memory processed: 30.000 GiB
Memory remaining: 2.000 GiB
Memory total:     16.000 GiB
Error message:    operation failed: migration out job: Unable to write to socket: Connection reset by peer
`

// foreignJob is one that was printed in German.
const foreignJob = `Auftragstyp:      Unbegrenzt
Operation:        Ausgehende Migration
Verstrichene Zeit: 20480        ms
Verarbeitete Daten:  18,250 GiB
`

func TestRunningJob(t *testing.T) {
	r := one(t, runningJob, DomJobInfo)
	features(t, r.Features, map[migration.Feature]float64{
		migration.MemoryMiB: 32784.384, migration.DirtyRate: 100, migration.NetworkBandwidth: 8589.934592, migration.AutoConverge: 1,
	})
	if r.Ended != nil || r.Fault != "" || len(r.Samples) != 1 {
		t.Fatalf("ended %v, fault %q, %d samples", r.Ended, r.Fault, len(r.Samples))
	}
	want := migration.Sample{Seconds: 20.48, RemainingMiB: 512, TransferredMiB: 18688, DirtyRate: 100, Rounds: 4, Mbps: 8589.934592,
		ExpectedDowntimeMS: 500, Throttle: 0.2, ZeroMiB: 35156.25}
	if r.Samples[0] != want {
		t.Errorf("got  %+v\nwant %+v", r.Samples[0], want)
	}
	if o := r.Record().Outcome; !math.IsNaN(o.DowntimeMS) {
		t.Errorf("the expected downtime became an outcome: %+v", o)
	}
	if p := r.Progress(); p != "the migration is under way since 20.5 s, in round 4, 512 MiB remain, "+
		"the hypervisor expects a pause of 500 ms: the answer is to one that begins now" {
		t.Errorf("progress %q", p)
	}
}

func TestCompletedJob(t *testing.T) {
	r := one(t, completedJob, DomJobInfo)
	// Its dirty rate is over, and its bandwidth is the mean over everything: neither is told. Nearly all pages were sent
	// once, so that the rest beside zeros was resident.
	features(t, r.Features, map[migration.Feature]float64{migration.MemoryMiB: 8208.384, migration.ResidentMiB: 1266.978})
	outcome(t, r.Record().Outcome, migration.Completed, 87, 8123, 1280, 3)
	if r.Progress() != "" || len(r.Samples) != 0 {
		t.Errorf("progress %q, %d samples", r.Progress(), len(r.Samples))
	}
}

func TestJobsThatAreNotCompleted(t *testing.T) {
	nan := math.NaN()
	r := one(t, failedJob, DomJobInfo)
	outcome(t, r.Record().Outcome, migration.Failed, nan, 31000, 30720, nan)
	if !strings.Contains(r.Ended.Reason, "Connection reset by peer") {
		t.Errorf("reason %q", r.Ended.Reason)
	}
	r = one(t, strings.Replace(failedJob, "Failed", "Cancelled", 1), DomJobInfo)
	outcome(t, r.Record().Outcome, migration.NotConverged, nan, 31000, 30720, nan)
	for text, want := range map[string]string{
		"Job type:         None\n":                                          "says that no job is under way: of one that is over, ask with virsh domjobinfo --completed",
		"Job type:         Unbegrenzt\n":                                    `has the job type "Unbegrenzt", which virsh does not print in English`,
		strings.Replace(runningJob, "Outgoing migration", "Save", 1):        "is a job of another kind, Save: no migration",
		strings.Replace(runningJob, "25600        pages/s", "100 MiB/s", 1): "has `Dirty rate`, which is not a number of pages/s",
		strings.Replace(runningJob, "18.250", "18,250", 2):                  "print it anew with LC_ALL=C",
		strings.Replace(runningJob, "20480 ", "1e999 ", 1):                  "has `Time elapsed`, which is no number",
	} {
		if r := one(t, text, DomJobInfo); !strings.Contains(r.Fault, want) {
			t.Errorf("%.40q: fault %q, want %q", text, r.Fault, want)
		}
	}
}

func TestForeignJob(t *testing.T) {
	if format, ok := Recognise([]byte(foreignJob)); !ok || format != DomJobInfo {
		t.Errorf("recognised as %q, %v", format, ok)
	}
	if _, err := Read([]byte(foreignJob), DomJobInfo, time.UTC); err == nil || !strings.Contains(err.Error(), "LC_ALL=C virsh") {
		t.Errorf("read with %v", err)
	}
}

// Before the first sync of the dirty bitmap a rate of 0 says nothing.
func TestFirstRound(t *testing.T) {
	text := strings.Replace(strings.Replace(runningJob, "25600 ", "0 ", 1), "Iteration:        4", "Iteration:        1", 1)
	if r := one(t, text, DomJobInfo); r.Features.Known().Has(migration.DirtyRate) || !math.IsNaN(r.Samples[0].DirtyRate) {
		t.Errorf("dirty rate %v, %v", r.Features.Get(migration.DirtyRate), r.Samples[0].DirtyRate)
	}
}

func TestSeveralJobs(t *testing.T) {
	reports, err := Read([]byte(completedJob+"\n"+runningJob+failedJob), DomJobInfo, time.UTC)
	if err != nil || len(reports) != 3 || reports[0].Line != 1 || reports[1].Line != 23 || reports[2].Line != 44 {
		t.Fatalf("%d reports, %v: %+v", len(reports), err, reports)
	}
	if reports[1].Ended != nil || reports[2].Ended == nil || reports[0].Format != DomJobInfo {
		t.Errorf("%+v", reports)
	}
}
