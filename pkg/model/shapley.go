package model

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// A game answers what coalitions of its players are worth, in the order of the coalitions. Player i is in a coalition
// whose bit i is set.
type game func(coalitions []int) []float64

// exactPlayers is the number of players up to which every coalition is asked for: 4096 of them take as long as
// orderPairs orders of many more.
const exactPlayers = 12

// share returns what nobody is worth, what all n players are worth together, and the Shapley value of each. Their sum
// is the difference. Among more than exactPlayers they are estimated.
func (value game) share(n int) (none, all float64, phi []float64) {
	if n > exactPlayers {
		return value.sample(n)
	}
	coalitions := make([]int, 1<<n)
	for i := range coalitions {
		coalitions[i] = i
	}
	worth := value(coalitions)
	return worth[0], worth[len(worth)-1], shapley(worth, n)
}

// shapley returns the Shapley value of each of n players, given the value of every subset, indexed by its bits: the
// mean over all orders of arrival of what a player adds on arriving.
func shapley(value []float64, n int) []float64 {
	weight := make([]float64, n) // of a coalition by its size: size! (n-1-size)! / n!
	for size := range weight {
		weight[size] = 1 / (float64(n) * binomial(n-1, size))
	}
	phi := make([]float64, n)
	for subset := range value {
		w := bits.OnesCount(uint(subset))
		for i := range n {
			if subset&(1<<i) == 0 {
				phi[i] += weight[w] * (value[subset|1<<i] - value[subset])
			}
		}
	}
	return phi
}

func binomial(n, k int) float64 {
	b := 1.0
	for i := range k {
		b = b * float64(n-i) / float64(i+1)
	}
	return b
}

// orderPairs is the number of drawn orders of arrival, each of which is gone through forwards and backwards.
const orderPairs = 64

// sample estimates the Shapley values by the mean over some orders of arrival (Castro, Gomez and Tejada 2009), each
// with its reverse (Mitchell et al. 2022). Whatever orders are drawn, the values add up, a player who adds nothing gets
// nothing, and a worth that is a sum of what players and pairs of them are worth is shared exactly; only what three and
// more add together is estimated. The orders are those of a fixed seed: the same question has the same answer.
func (value game) sample(n int) (none, all float64, phi []float64) {
	orders := drawOrders(n)
	places := map[int]int{}
	var coalitions []int
	visit(orders, func(_, before, after int) {
		for _, c := range []int{before, after} {
			if _, asked := places[c]; !asked {
				places[c] = len(coalitions)
				coalitions = append(coalitions, c)
			}
		}
	})
	worth := value(coalitions)
	phi = make([]float64, n)
	visit(orders, func(player, before, after int) {
		phi[player] += (worth[places[after]] - worth[places[before]]) / float64(len(orders))
	})
	return worth[places[0]], worth[places[1<<n-1]], phi
}

// drawOrders returns orderPairs orders of n players, each followed by its reverse.
func drawOrders(n int) [][]int {
	r := rand.New(rand.NewPCG(0x73686170, uint64(n)))
	var orders [][]int
	for range orderPairs {
		order := r.Perm(n)
		reverse := slices.Clone(order)
		slices.Reverse(reverse)
		orders = append(orders, order, reverse)
	}
	return orders
}

// visit calls arrive for each arrival of each order, with the coalitions before and after.
func visit(orders [][]int, arrive func(player, before, after int)) {
	for _, order := range orders {
		before := 0
		for _, player := range order {
			after := before | 1<<player
			arrive(player, before, after)
			before = after
		}
	}
}
