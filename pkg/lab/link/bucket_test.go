package link

import (
	"math/rand/v2"
	"testing"
	"time"
)

// rounding is what moments of whole nanoseconds may be off by, summed over a test.
const rounding = time.Microsecond

// seconds is how long n bytes take.
func (b *bucket) seconds(n float64) time.Duration {
	return time.Duration(n / b.rate * float64(time.Second))
}

func TestBucketPassesItsBurstAndThenTheRate(t *testing.T) {
	l := Link{Mbps: 1000}
	b, now := newBucket(l), time.Now()
	if leave := b.reserve(int(l.burst()), now); leave.After(now) {
		t.Errorf("the burst of a full bucket waits %v", leave.Sub(now))
	}
	for i := 1; i <= 100; i++ {
		leave, want := b.reserve(10000, now), now.Add(b.seconds(10000*float64(i)))
		if off := leave.Sub(want).Abs(); off > rounding {
			t.Fatalf("chunk %d leaves %v off its time", i, off)
		}
	}
}

func TestBucketKeepsNoMoreThanTheBurstOfIdleTime(t *testing.T) {
	l := Link{Mbps: 300}
	b, now := newBucket(l), time.Now()
	b.reserve(1e6, now)
	for _, idle := range []time.Duration{time.Second, time.Hour} {
		now = now.Add(idle)
		if leave := b.reserve(int(l.burst())+1000, now); leave.Sub(now) < b.seconds(1000)-rounding {
			t.Errorf("after %v 1000 bytes over the burst wait %v, want %v", idle, leave.Sub(now), b.seconds(1000))
		}
	}
}

// TestBucketNeverSellsMoreThanRateAndBurst draws senders that come at random times with random chunks: between any two
// moments no more may leave than rate x time + burst + the chunk that was under way.
func TestBucketNeverSellsMoreThanRateAndBurst(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		l := Link{Mbps: 50 + 4000*rng.Float64()}
		b, now := newBucket(l), time.Now()
		var left []time.Time
		var sizes []int
		for range 200 {
			if rng.IntN(5) == 0 {
				now = now.Add(time.Duration(rng.Float64() * 2 * float64(b.burst)))
			}
			n := 1 + rng.IntN(l.chunk())
			if leave := b.reserve(n, now); leave.After(now) {
				now = leave
			}
			left, sizes = append(left, now), append(sizes, n)
		}
		for from := range left {
			bytes := 0
			for to := from + 1; to < len(left); to++ {
				bytes += sizes[to]
				most := b.rate*left[to].Sub(left[from]).Seconds() + l.burst() + 1
				if float64(bytes) > most {
					t.Fatalf("%v Mbps: %d bytes within %v, at most %.0f may leave", l.Mbps, bytes, left[to].Sub(left[from]), most)
				}
			}
		}
	}
}

// TestBucketMakesUpForLateSleepers wakes every sleeper late by up to maxLateness: the long-run rate holds, and from the
// start of the transfer no more leaves than rate x time + burst.
func TestBucketMakesUpForLateSleepers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, mbps := range []float64{100, 1000, 4000} {
		l := Link{Mbps: mbps}
		b, start := newBucket(l), time.Now()
		now, bytes := start, 0.0
		for bytes < 5*b.rate {
			n := l.chunk()
			if leave := b.reserve(n, now); leave.After(now) {
				b.enter(now)
				now = leave.Add(time.Duration(rng.Float64() * float64(maxLateness)))
				b.leave(now)
			}
			bytes += float64(n)
			if most := b.rate*now.Sub(start).Seconds() + l.burst() + 1; bytes > most {
				t.Fatalf("%v Mbps: %.0f bytes after %v, at most %.0f may have left", mbps, bytes, now.Sub(start), most)
			}
			now = now.Add(20 * time.Microsecond) // copying
		}
		if rate := bytes / now.Sub(start).Seconds(); rate < 0.99*b.rate {
			t.Errorf("%v Mbps: late sleepers leave %.1f %% of the rate", mbps, 100*rate/b.rate)
		}
	}
}

func TestBucketForgetsLateness(t *testing.T) {
	tests := map[string]struct {
		late, idle time.Duration
		keeps      time.Duration // how much of the line's lag is made up for
	}{
		"late":                {10 * time.Millisecond, 0, 10 * time.Millisecond},
		"late, then idle":     {10 * time.Millisecond, time.Second, burstTime},
		"later than the most": {time.Second, 0, burstTime},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, now := newBucket(Link{Mbps: 1000}), time.Now()
			leave := b.reserve(1e6, now)
			b.enter(now)
			now = leave.Add(test.late)
			b.leave(now)
			now = now.Add(test.idle)
			if kept := now.Sub(b.reserve(0, now)); (kept - test.keeps).Abs() > rounding {
				t.Errorf("%v late and %v idle: makes up for %v, want %v", test.late, test.idle, kept, test.keeps)
			}
		})
	}
}

func TestBucketCountsOverlappingWaitsOnce(t *testing.T) {
	b, now := newBucket(Link{Mbps: 100}), time.Now()
	b.enter(now)
	b.enter(now.Add(10 * time.Millisecond))
	b.leave(now.Add(30 * time.Millisecond))
	b.leave(now.Add(50 * time.Millisecond))
	b.enter(now.Add(80 * time.Millisecond))
	b.leave(now.Add(90 * time.Millisecond))
	if got, want := b.limitedFor(), 60*time.Millisecond; got != want {
		t.Errorf("the bucket was the limit for %v, want %v", got, want)
	}
}

func TestNoBucketLetsEverythingThrough(t *testing.T) {
	var b *bucket
	if !b.wait(1<<30, nil) || b.limitedFor() != 0 {
		t.Error("an unshaped link waited")
	}
}
