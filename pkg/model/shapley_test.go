package model

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/model/internal/modeltest"
)

// byArrival is the Shapley value by its definition: the mean over all orders of
// arrival of what each player adds on arriving.
func byArrival(value []float64, n int) []float64 {
	phi, orders := make([]float64, n), 0.0
	var arrive func(present int)
	arrived := []int{}
	arrive = func(present int) {
		if len(arrived) == n {
			orders++
			before := 0
			for _, i := range arrived {
				phi[i] += value[before|1<<i] - value[before]
				before |= 1 << i
			}
			return
		}
		for i := range n {
			if present&(1<<i) == 0 {
				arrived = append(arrived, i)
				arrive(present | 1<<i)
				arrived = arrived[:len(arrived)-1]
			}
		}
	}
	arrive(0)
	for i := range phi {
		phi[i] /= orders
	}
	return phi
}

func drawGame(t *rapid.T, n int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-10, 10), 1<<n, 1<<n).Draw(t, "value")
}

func TestShapleyIsTheMeanOverAllOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		value := drawGame(t, n)
		want := byArrival(value, n)
		for i, phi := range shapley(value, n) {
			modeltest.Near(t, "value", phi, want[i])
		}
	})
}

func TestShapleySharesAllThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "n")
		value := drawGame(t, n)
		sum := 0.0
		for _, phi := range shapley(value, n) {
			sum += phi
		}
		modeltest.Near(t, "sum", sum, value[len(value)-1]-value[0])
	})
}

func TestADummyGetsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		dummy := rapid.IntRange(0, n-1).Draw(t, "dummy")
		value := drawGame(t, n)
		for subset := range value {
			value[subset] = value[subset&^(1<<dummy)]
		}
		if phi := shapley(value, n)[dummy]; phi != 0 {
			t.Fatalf("a player who adds nothing gets %v", phi)
		}
	})
}

func TestEqualsGetTheSame(t *testing.T) {
	value := make([]float64, 1<<5)
	for subset := range value {
		value[subset] = math.Sqrt(float64(bits.OnesCount(uint(subset))))
	}
	for _, phi := range shapley(value, 5) {
		modeltest.Near(t, "share", phi, math.Sqrt(5)/5)
	}
}

// of is the game in which a coalition is worth what is said of it.
func of(value func(coalition int) float64) game {
	return func(coalitions []int) []float64 {
		worth := make([]float64, len(coalitions))
		for i, c := range coalitions {
			worth[i] = value(c)
		}
		return worth
	}
}

// Up to exactPlayers every coalition is asked for, once, and the shares are exact; among more there are a few thousand
// questions.
func TestHowManyCoalitionsAreAskedFor(t *testing.T) {
	for n := range 31 {
		asked := map[int]int{}
		none, all, phi := of(func(c int) float64 {
			asked[c]++
			return float64(bits.OnesCount(uint(c)))
		}).share(n)
		if none != 0 || all != float64(n) || len(phi) != n {
			t.Errorf("%d players: %v, %v, %v", n, none, all, phi)
		}
		for c, times := range asked {
			if times != 1 || c >= 1<<n {
				t.Errorf("%d players: %b is asked for %d times", n, c, times)
			}
		}
		switch most := 2*orderPairs*(n+1) - 2*orderPairs; {
		case n <= exactPlayers && len(asked) != 1<<n:
			t.Errorf("%d players: %d of the %d coalitions", n, len(asked), 1<<n)
		case n > exactPlayers && len(asked) > most:
			t.Errorf("%d players: %d coalitions, more than %d", n, len(asked), most)
		}
	}
}

// The laws of Shapley's that sampling keeps: what there is is shared, and who adds nothing gets nothing.
func TestSampledSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		dummy := rapid.IntRange(0, n-1).Draw(t, "dummy")
		value := drawGame(t, n)
		worth := of(func(c int) float64 { return value[c&^(1<<dummy)] })
		none, all, phi := worth.sample(n)
		sum := none
		for _, v := range phi {
			sum += v
		}
		modeltest.Near(t, "sum", sum, all)
		if phi[dummy] != 0 {
			t.Fatalf("a player who adds nothing gets %v", phi[dummy])
		}
		if _, _, again := worth.sample(n); !slices.Equal(again, phi) {
			t.Fatalf("shared as %v and as %v", phi, again)
		}
	})
}

// What players and pairs of them are worth is shared exactly, however many there are.
func TestPairsAreSharedExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(exactPlayers+1, 25).Draw(t, "n")
		alone := rapid.SliceOfN(rapid.Float64Range(-10, 10), n, n).Draw(t, "alone")
		i, j := rapid.IntRange(0, n-1).Draw(t, "i"), rapid.IntRange(0, n-1).Draw(t, "j")
		together := rapid.Float64Range(-10, 10).Draw(t, "together")
		_, _, phi := of(func(c int) float64 {
			sum := 0.0
			for p, v := range alone {
				if c&(1<<p) != 0 {
					sum += v
				}
			}
			if i != j && c&(1<<i) != 0 && c&(1<<j) != 0 {
				sum += together
			}
			return sum
		}).share(n)
		for p, v := range phi {
			want := alone[p]
			if i != j && (p == i || p == j) {
				want += together / 2
			}
			modeltest.Near(t, "value", v, want)
		}
	})
}

// What many do only together is shared nearly as it should be.
func TestSampledSharesAreNear(t *testing.T) {
	const n = 16
	none, all, phi := of(func(c int) float64 { return math.Sqrt(float64(bits.OnesCount(uint(c)))) }).share(n)
	if none != 0 || all != 4 {
		t.Errorf("%v, %v", none, all)
	}
	for p, v := range phi {
		if math.Abs(v-all/n) > 0.05 { // sigma 0.013, by arrivals at a uniform place
			t.Errorf("player %d gets %v of %v", p, v, all)
		}
	}
}
