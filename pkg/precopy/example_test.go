package precopy_test

import (
	"fmt"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

func ExampleDescribe() {
	var x migration.Features
	x.Set(migration.NetworkBandwidth, 10_000) // Mbps
	x.Set(migration.MemoryMiB, 65536)
	x.Set(migration.DirtyRate, 200) // MiB/s
	x.Set(migration.DowntimeLimitMS, 300)
	vm, ok := precopy.Describe(x)
	a := vm.Analyse(precopy.ZerosInside)
	fmt.Printf("%v: %.0f ms of pause after %.0f rounds and %.1f s\n", ok, a.DowntimeMS, a.Rounds, a.TotalTimeMS/1000)
	// Output: true: 291 ms of pause after 7 rounds and 68.4 s
}

func ExampleRun() {
	r, err := precopy.Run(precopy.Params{
		ResidentMiB: 4096,
		RoundRate:   110, // MiB/s, about 1 GbE
		Dirty:       func(t float64) float64 { return 20 * t },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, round := range r.Trace {
		fmt.Printf("round %d: %.0f MiB in %.1f s, %.0f MiB dirty\n", round.Number, round.SentMiB, round.Duration.Seconds(), round.RemainingMiB)
	}
	// Output:
	// round 1: 4067 MiB in 37.0 s, 763 MiB dirty
	// round 2: 735 MiB in 6.7 s, 162 MiB dirty
	// round 3: 129 MiB in 1.2 s, 56 MiB dirty
	// round 4: 28 MiB in 0.3 s, 33 MiB dirty
	// round 5: 6 MiB in 0.1 s, 29 MiB dirty
}
