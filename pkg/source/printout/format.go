package printout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
)

// A Format is a form of file that this package reads.
type Format string

// The formats.
const (
	DomJobInfo Format = "domjobinfo"  // virsh domjobinfo, with --completed or without; virsh event
	DomStats   Format = "domstats"    // virsh domstats
	QMP        Format = "qmp"         // replies of QEMU's machine protocol: query-migrate, query-dirty-rate and others
	HMP        Format = "hmp"         // info migrate of QEMU's human monitor, also with info migrate_parameters
	Prometheus Format = "prometheus"  // a text exposition of KubeVirt or of a libvirt exporter
	ProxmoxLog Format = "proxmox-log" // the log of a task qmigrate
)

// Formats lists the formats in the order in which they are named.
var Formats = []Format{DomJobInfo, DomStats, QMP, HMP, Prometheus, ProxmoxLog}

// readers are what reads each format.
var readers = map[Format]func(*file) ([]Report, error){
	DomJobInfo: readDomJobInfo, DomStats: readDomStats, QMP: readQMP, HMP: readHMP,
	Prometheus: readPrometheus, ProxmoxLog: readProxmoxLog,
}

// Source returns what a record made of a file of the format names as its source.
func (f Format) Source() migration.Source {
	switch f {
	case DomJobInfo, DomStats:
		return migration.SourceLibvirt
	case QMP, HMP:
		return migration.SourceQEMU
	case Prometheus:
		return migration.SourcePrometheus
	case ProxmoxLog:
		return migration.SourceProxmox
	}
	return migration.SourceUnknown
}

// file is what is read.
type file struct {
	text []byte
	zone *time.Location // of times that are told without one
}

// lines returns the lines without what ends them.
func (f *file) lines() []string {
	text := strings.ReplaceAll(string(f.text), "\r\n", "\n")
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// Read reads all that a text of a format tells, a report for each VM or migration, at least one. Times that are told
// without a zone are of the given one. The error says what is wrong with the text as a whole and what to do; what is
// wrong with one report of it is its Fault.
func Read(text []byte, format Format, zone *time.Location) ([]Report, error) {
	read, ok := readers[format]
	if !ok {
		return nil, fmt.Errorf("format %q is none of %v", format, Formats)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("is empty: no %s was printed there", format)
	}
	reports, err := read(&file{bytes.TrimPrefix(text, mark), zone})
	for i := range reports {
		reports[i].Format = format
	}
	return reports, err
}

// mark is the byte order mark that some programs put first.
var mark = []byte("\ufeff")

// recognised bounds the lines that are looked at.
const recognised = 40

// Recognise returns the format of a text by how it begins, false if it is none of Formats. A table of migrations as CSV
// or NDJSON is none of them.
func Recognise(text []byte) (Format, bool) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, mark))
	if len(text) == 0 {
		return "", false
	}
	if text[0] == '{' || text[0] == '[' {
		return QMP, isQMP(text)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
		if len(lines) == recognised {
			break
		}
	}
	if isTable(lines[0]) {
		return "", false
	}
	for _, known := range signs {
		if slices.ContainsFunc(lines, known.sign.MatchString) {
			return known.format, true
		}
	}
	return DomJobInfo, isForeign(lines)
}

// signs are the lines that only one format has.
var signs = []struct {
	format Format
	sign   *regexp.Regexp
}{
	{DomStats, regexp.MustCompile(`^Domain: '`)},
	{DomJobInfo, regexp.MustCompile(`^Job type: `)},
	{DomJobInfo, eventLine},
	{HMP, regexp.MustCompile(`^((Migration s|S)tatus:\s+[a-z-]+( \(.*\))?$|store-global-state: o|announce-initial: \d)`)},
	{Prometheus, regexp.MustCompile(`^(# (HELP|TYPE) \w+ |(kubevirt|libvirt)_\w+(\{.*\})? [-+0-9.eE]+)`)},
	{ProxmoxLog, regexp.MustCompile(`^(\d{4}-\d\d-\d\d|[A-Z][a-z]{2} [ \d]\d) \d\d:\d\d:\d\d .*(migrat|VM|disk|tunnel)`)},
}

// isTable reports whether a line is the header of a CSV file: it has commas, and a column that is known.
func isTable(line string) bool {
	for cell := range strings.SplitSeq(line, ",") {
		cell = strings.Trim(strings.TrimSpace(cell), `"`)
		if _, ok := migration.Lookup(cell); ok || slices.Contains(migration.OutcomeColumns, cell) {
			return true
		}
	}
	return false
}

// isQMP reports whether a text begins with a message of QEMU's machine protocol, or with a reply out of one: fields of
// migrate-info have hyphens, those of vmmp's own rows do not.
func isQMP(text []byte) bool {
	var message map[string]json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&message); err != nil {
		return false
	}
	for name := range message {
		if _, ok := migration.Lookup(name); ok {
			return false
		}
	}
	for _, name := range []string{
		"return", "QMP", "event", "ram", "setup-time", "total-time", "calc-time", "downtime-limit",
	} {
		if _, ok := message[name]; ok {
			return true
		}
	}
	return false
}

// isForeign reports whether lines look as virsh prints them: labels, each with its value in a column of its own, and
// units that no language translates.
func isForeign(lines []string) bool {
	labels := 0
	for _, line := range lines {
		if label.MatchString(line) {
			labels++
		}
	}
	return labels >= 3 && labels == len(lines) &&
		slices.ContainsFunc(lines, padded.MatchString) && slices.ContainsFunc(lines, unit.MatchString)
}

var (
	label  = regexp.MustCompile(`^[^,;"{}]{2,40}:\s+\S`)
	padded = regexp.MustCompile(`:\s{2,}`)
	unit   = regexp.MustCompile(`\s(ms|bytes|[KMGT]iB(/s)?|pages/s)$`)
)
