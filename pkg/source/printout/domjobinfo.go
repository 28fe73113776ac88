package printout

import (
	"errors"
	"fmt"
	"strings"

	"vmmp/pkg/migration"
)

// errLocale is the error of text that virsh printed in another language.
var errLocale = errors.New("was printed by virsh in another language, of which the words are not known: " +
	"print it anew with LC_ALL=C virsh")

// readDomJobInfo reads what `virsh domjobinfo` prints (virsh-domain.c of libvirt, cmdDomjobinfo), once or several
// times, or `virsh event` of jobs that completed.
func readDomJobInfo(f *file) ([]Report, error) {
	var reports []Report
	var fields map[string]string
	begun := 0
	flush := func() {
		if fields != nil {
			reports = append(reports, domJob(fields, begun))
		}
	}
	for i, line := range f.lines() {
		name, value, found := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if found && name == "Job type" {
			flush()
			fields, begun = map[string]string{}, i+1
		}
		if found && fields != nil {
			fields[name] = value
		}
	}
	flush()
	reports = append(reports, readJobEvents(f)...)
	switch {
	case reports != nil:
		return reports, nil
	case f.hasLabels():
		return nil, errLocale
	}
	return nil, errors.New("has no line `Job type:`, with which virsh domjobinfo begins")
}

// hasLabels reports whether the lines look as virsh prints them in any language.
func (f *file) hasLabels() bool {
	for _, line := range f.lines() {
		if label.MatchString(strings.TrimSpace(line)) {
			return true
		}
	}
	return false
}

// domJob returns the report of one job.
func domJob(fields map[string]string, line int) Report {
	r := observed("", line)
	j, err := readDomJob(fields)
	if err != nil {
		r.Fault = err.Error()
		return r
	}
	const tool = "domjobinfo"
	if what := fields["Operation"]; what != "" && !strings.HasSuffix(what, " migration") {
		r.Fault = fmt.Sprintf("is a job of another kind, %s: no migration", what)
		return r
	}
	reason := fields["Error message"]
	switch kind := fields["Job type"]; kind {
	case "None":
		r.Fault = "says that no job is under way: of one that is over, ask with virsh domjobinfo --completed"
	case "Bounded", "Unbounded":
		j.runs(&r, tool)
	case "Completed":
		j.ended(&r, tool, migration.Completed, "")
	case "Failed":
		j.ended(&r, tool, migration.Failed, reason)
	case "Cancelled":
		j.ended(&r, tool, migration.NotConverged, reason)
	default:
		r.Fault = fmt.Sprintf("has the job type %q, which virsh does not print in English: print it anew with LC_ALL=C", kind)
	}
	return r
}

// readDomJob reads the numbers of one job, each in the unit that stands behind it.
func readDomJob(fields map[string]string) (job, error) {
	j := unknownJob()
	var err error
	read := func(dst *float64, unit string, names ...string) {
		for _, name := range names {
			text, told := fields[name]
			if !told || err != nil {
				continue
			}
			if *dst, err = number(text, unit); err != nil {
				err = fmt.Errorf("has `%s`, which %w: if virsh printed it in another language, print it anew with LC_ALL=C",
					name, err)
			}
			return
		}
	}
	read(&j.elapsedMS, "ms", "Time elapsed")
	read(&j.downtimeMS, "ms", "Total downtime", "Downtime w/o network")
	read(&j.expectedMS, "ms", "Expected downtime")
	read(&j.totalMiB, "MiB", "Memory total", "Data total")
	read(&j.remainingMiB, "MiB", "Memory remaining", "Data remaining")
	read(&j.transferred, "MiB", "Memory processed", "Data processed")
	read(&j.mbps, "Mbps", "Memory bandwidth")
	read(&j.dirtyPages, "pages/s", "Dirty rate")
	read(&j.pageBytes, "bytes", "Page size")
	read(&j.syncs, "", "Iteration")
	read(&j.zeroPages, "", "Constant pages")
	read(&j.normalPages, "", "Normal pages")
	read(&j.throttle, "", "Auto converge throttle")
	read(&j.postcopyRequests, "", "Postcopy requests")
	j.downtimeMS = positive(j.downtimeMS)
	j.pageBytes = positive(j.pageBytes)
	return j, err
}
