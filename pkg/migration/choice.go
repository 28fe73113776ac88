package migration

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The values of Method. Plain pre-copy is assumed where it is unknown.
const (
	MethodPrecopy         = iota // the guest runs at the source until the rest fits into the downtime limit
	MethodPostcopy               // it is moved after the first pass, and fetches what it still lacks
	MethodPostcopyTimeout        // the same, but once timeout_s is over
	MethodCPR                    // checkpoint and restart in a new QEMU on the same host: memory stays where it is
)

var methods = []string{"precopy", "postcopy", "postcopy-timeout", "cpr"}

// The values of Compression, as QEMU names them (MultiFDCompression in QEMU 10's qapi/migration.json).
const (
	CompressionNone = iota
	CompressionZlib
	CompressionZstd
	CompressionQatzip
	CompressionQPL
	CompressionUADK
)

var compressions = []string{"none", "zlib", "zstd", "qatzip", "qpl", "uadk"}

// The values of Hypervisor.
const (
	HypervisorKVM = iota
	HypervisorTCG // QEMU's emulation
	HypervisorXen
	HypervisorOther
)

var hypervisors = []string{"kvm", "tcg", "xen", "other"}

// parseChoice returns the number that a named value of d is kept as. The error lists the names.
func (d Definition) parseChoice(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if i := slices.Index(d.Choices, text); i >= 0 {
		return float64(i), nil
	}
	message := fmt.Sprintf("must be %s, not %q", d.Range(), clip(text))
	if near := NearestName(text, d.Choices); near != "" {
		message += fmt.Sprintf("; did you mean %s?", near)
	}
	return 0, errors.New(message)
}

// NearestName returns that of the names which is closest to text, empty when none is close. Signs and case do not
// count: post_copy is postcopy.
func NearestName(text string, names []string) string {
	const longest = 60 // nothing is near a longer text
	if len(text) > longest {
		return ""
	}
	text = letters(text)
	best, least := "", 1+len(text)/3
	for _, name := range names {
		if d := editDistance(text, letters(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// letters returns the letters and digits of text in lower case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ ", r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
}
