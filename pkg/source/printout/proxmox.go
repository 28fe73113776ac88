package printout

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vmmp/pkg/migration"
)

// readProxmoxLog reads logs of Proxmox's task qmigrate, one after the other: a report for each migration. Its wordings
// are those of qemu-server's QemuMigrate.pm from 2012 on.
func readProxmoxLog(f *file) ([]Report, error) {
	var reports []Report
	var task *proxmoxTask
	for i, line := range f.lines() {
		at, message := f.stamp(line)
		if task == nil || startLine.MatchString(message) {
			if task != nil && task.begun() {
				reports = append(reports, task.report())
			}
			task = newProxmoxTask(i + 1)
		}
		task.line(at, message)
	}
	if task.begun() {
		reports = append(reports, task.report())
	}
	if reports == nil {
		return nil, errors.New("tells of no live migration: a log of Proxmox's task qmigrate has the line " +
			"`starting online/live migration`; of a VM under HA it is in the task that HA started")
	}
	return reports, nil
}

// stamps are how Proxmox has written times: since version 5, and before.
var stamps = []string{"2006-01-02 15:04:05", "Jan 02 15:04:05"}

// stamp splits a line into its time, zero without one, and the message.
func (f *file) stamp(line string) (time.Time, string) {
	line = strings.TrimSpace(line)
	for _, layout := range stamps {
		if len(line) < len(layout) {
			continue
		}
		if at, err := time.ParseInLocation(layout, line[:len(layout)], f.zone); err == nil {
			return at, strings.TrimSpace(line[len(layout):])
		}
	}
	return time.Time{}, line
}

// proxmoxTask is what a log has told so far.
type proxmoxTask struct {
	Report
	job
	live, completed    bool
	began, sent, ended time.Time // by the clock of the log: the task, its memory from and to
	status             migration.Status
	reason             string
	capBytes           float64
	raised             float64   // the downtime limit in ms that it was raised to
	quanta             []float64 // of each sample, the MiB that its sizes may be off by
}

func newProxmoxTask(line int) *proxmoxTask {
	return &proxmoxTask{Report: observed("", line), job: unknownJob(), capBytes: math.NaN(), raised: math.NaN()}
}

// begun reports whether the log has come to a migration, live or not.
func (p *proxmoxTask) begun() bool { return p.live || p.VM.Name != "" }

// startLine is the first that tells of a migration.
var startLine = regexp.MustCompile(`^starting migration of (?:VM|CT) (\d+)`)

// rule is what a line says.
type rule struct {
	line *regexp.Regexp
	read func(p *proxmoxTask, at time.Time, m []string)
}

// size is how Proxmox writes an amount of memory, by two functions of its library over the years.
const size = `(\d+(?:\.\d+)? [KMGT]?i?B)`

// says returns a rule of the lines that an expression matches.
func says(expression string, read func(p *proxmoxTask, at time.Time, m []string)) rule {
	return rule{regexp.MustCompile(expression), read}
}

// rules are the lines that mean something; the first that matches is heard.
var rules = []rule{
	{startLine, func(p *proxmoxTask, at time.Time, m []string) { p.VM.ID, p.VM.Name, p.began = m[1], m[1], at }},
	says(`^starting (?:online/live|VM .* live) migration|^start migrate command`,
		func(p *proxmoxTask, at time.Time, _ []string) { p.live, p.sent = true, at }),

	says(`^migration speed limit: `+size,
		func(p *proxmoxTask, _ time.Time, m []string) { p.capBytes = mibOf(m[1]) * (1 << 20) }),
	says(`^migrate_set_speed: (\d+)$`, func(p *proxmoxTask, _ time.Time, m []string) { p.capBytes = digits(m[1]) }),
	says(`^migration downtime limit: (\d+(?:\.\d+)?) ms`,
		func(p *proxmoxTask, _ time.Time, m []string) { p.limit(digits(m[1])) }),
	says(`^migrate_set_downtime: (\d+(?:\.\d+)?)$`,
		func(p *proxmoxTask, _ time.Time, m []string) { p.limit(digits(m[1]) * 1000) }),
	says(`^auto-increased downtime to continue migration: (\d+) ms`,
		func(p *proxmoxTask, _ time.Time, m []string) { p.raised = digits(m[1]) }),

	says(`^migration (?:active|device), transferred `+size+` of `+size+` VM-state(.*)$`, (*proxmoxTask).active),
	says(`^migration status: active \(transferred (\d+), remaining (\d+)\), total (\d+)\)`,
		(*proxmoxTask).activeBefore),
	says(`^xbzrle: |^migration xbzrle cachesize: `,
		func(p *proxmoxTask, _ time.Time, _ []string) {
			p.told(migration.XBZRLE, 1, "the log, updates by XBZRLE")
		}),

	says(`^(?:average )?migration speed: .* - downtime (\d+) ms`,
		func(p *proxmoxTask, at time.Time, m []string) { p.done(at); p.downtimeMS = positive(digits(m[1])) }),
	says(`^migration completed, transferred `+size+` VM-state(?: \(\+ `+size+` VFIO-state\))?`,
		func(p *proxmoxTask, at time.Time, m []string) {
			p.done(at)
			p.transferred, p.vfioSent = mibOf(m[1]), mibOf(m[2])
		}),
	says(`^migration status: completed`, func(p *proxmoxTask, at time.Time, _ []string) { p.done(at) }),

	says(`^migration status error: cancelled`, func(p *proxmoxTask, _ time.Time, _ []string) { p.cancel("cancelled") }),
	says(`interrupted by signal|received interrupt`, func(p *proxmoxTask, _ time.Time, m []string) { p.cancel(m[0]) }),
	says(`^migration status error: \w+(?: - (.*))?`, func(p *proxmoxTask, _ time.Time, m []string) { p.fail(m[1]) }),
	says(`^ERROR: online migrate failure - (.*)`, func(p *proxmoxTask, _ time.Time, m []string) { p.fail(m[1]) }),
	says(`^(?:ERROR: )?migration aborted \(duration [\d:]+\)(?:: (.*))?`,
		func(p *proxmoxTask, _ time.Time, m []string) { p.fail(m[1]) }),
	says(`^TASK ERROR: (.*)`, func(p *proxmoxTask, _ time.Time, m []string) { p.fail(m[1]) }),
}

// line reads one line.
func (p *proxmoxTask) line(at time.Time, message string) {
	for _, r := range rules {
		if m := r.line.FindStringSubmatch(message); m != nil {
			r.read(p, at, m)
			return
		}
	}
}

// limit notes the downtime limit in ms; a second one is what it was raised to.
func (p *proxmoxTask) limit(ms float64) {
	if p.Features.Known().Has(migration.DowntimeLimitMS) {
		p.raised = ms
		return
	}
	p.told(migration.DowntimeLimitMS, positive(ms), "the log, downtime limit")
}

// dirtied is what a line of progress adds where a VM dirties its memory faster than it is sent.
var dirtied = regexp.MustCompile(`VM dirties lots of memory: ` + size + `/s`)

// active reads a line of progress. Its speed is that of pages, those of zeros included, and no throughput.
func (p *proxmoxTask) active(at time.Time, m []string) {
	p.totalMiB, p.transferred, p.remainingMiB, p.dirtyMiB = mibOf(m[2]), mibOf(m[1]), math.NaN(), math.NaN()
	if d := dirtied.FindStringSubmatch(m[3]); d != nil {
		p.dirtyMiB = mibOf(d[1])
	}
	p.progress(at, quantum(m[1]))
}

// activeBefore reads a line of progress as Proxmox wrote it before version 6.2, in bytes.
func (p *proxmoxTask) activeBefore(at time.Time, m []string) {
	for i, dst := range []*float64{&p.transferred, &p.remainingMiB, &p.totalMiB} {
		*dst = digits(m[i+1]) / (1 << 20)
	}
	p.progress(at, 0)
}

// progress adds a sample, with the MiB that its sizes may be off by.
func (p *proxmoxTask) progress(at time.Time, quantum float64) {
	p.live = true
	p.elapsedMS = p.since(at)
	p.Samples, p.quanta = append(p.Samples, p.sample()), append(p.quanta, quantum)
}

// since returns the ms from the start of the migration, NaN where one of the two has no time.
func (p *proxmoxTask) since(at time.Time) float64 {
	if at.IsZero() || p.sent.IsZero() {
		return math.NaN()
	}
	if at.Before(p.sent) { // over New Year, by a log that tells no year
		at = at.AddDate(1, 0, 0)
	}
	return float64(at.Sub(p.sent).Milliseconds())
}

// done notes that the memory has been moved.
func (p *proxmoxTask) done(at time.Time) { p.live, p.completed, p.ended = true, true, at }

// fail notes why the task failed: the first reason is the one that has led to the others.
func (p *proxmoxTask) fail(reason string) {
	if p.status == migration.StatusUnknown {
		p.status, p.reason = migration.Failed, clip(strings.TrimSpace(reason))
	}
}

// cancel notes that somebody has ended it.
func (p *proxmoxTask) cancel(reason string) {
	p.fail(reason)
	p.status = migration.NotConverged
}

// noCap is the speed in bytes/s that Proxmox set where nobody had set one.
const noCap = 8 << 30

// report returns what the log has told.
func (p *proxmoxTask) report() Report {
	const tool = "the log"
	r := &p.Report
	if p.began.Year() > 0 {
		r.At = p.began
	}
	if !p.live {
		r.Fault = "tells of no live migration: the VM did not run, or the log is cut off before its memory was sent"
		return *r
	}
	if p.capBytes < noCap {
		tellCap(r, p.capBytes, tool+", speed limit")
	}
	switch {
	case p.completed:
		p.elapsedMS = p.since(p.ended)
		p.over(tool, migration.Completed)
		r.told(migration.NetworkBandwidth, p.bandwidth(), tool+", transferred over the seconds between its lines")
	case p.status != migration.StatusUnknown:
		p.elapsedMS = math.NaN()
		p.over(tool, p.status)
	default:
		p.tell(r, tool)
	}
	if !math.IsNaN(p.raised) {
		r.Notes = append(r.Notes, fmt.Sprintf("Proxmox has raised the downtime limit to %.0f ms meanwhile", p.raised))
	}
	return *r
}

// over makes the report one of a migration that is over.
func (p *proxmoxTask) over(tool string, status migration.Status) {
	p.job.ended(&p.Report, tool, status, p.reason)
	p.Ended.Began = p.began
}

// The least that a throughput is told of: lines have whole seconds, and sizes one decimal.
const (
	leastSeconds = 5
	leastQuanta  = 20
)

// bandwidth returns the highest throughput in Mbps over leastSeconds and what is left of a line's second, NaN where the
// log is too short to tell, or where the speed limit and not the line decided it.
func (p *proxmoxTask) bandwidth() float64 {
	best, to := math.NaN(), 0
	for i, from := range p.Samples {
		for to < len(p.Samples) && !(p.Samples[to].Seconds >= from.Seconds+leastSeconds) {
			to++
		}
		if to == len(p.Samples) {
			break
		}
		seconds, sent := p.Samples[to].Seconds-from.Seconds, p.Samples[to].TransferredMiB-from.TransferredMiB
		mbps := sent / seconds * (1 << 20) * 8 / 1e6
		if sent >= leastQuanta*max(p.quanta[i], p.quanta[to]) && !(mbps <= best) {
			best = mbps
		}
	}
	if best >= 0.9*p.capBytes*8/1e6 {
		return math.NaN()
	}
	return positive(best)
}

// digits returns the number that a rule has matched, +Inf of one that overflows.
func digits(text string) float64 {
	v, _ := strconv.ParseFloat(text, 64)
	return v
}

// mibOf returns the MiB of a size that a rule has matched, NaN of none.
func mibOf(text string) float64 {
	v, err := migration.Quantity(text, "MiB")
	if err != nil {
		return math.NaN()
	}
	return v
}

// quantum returns the MiB of the last decimal of a size.
func quantum(text string) float64 {
	_, unit, _ := strings.Cut(text, " ")
	return mibOf("0.1 " + unit)
}
