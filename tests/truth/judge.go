package main

import (
	"math"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/prediction"
)

// figures are the measures of one set; NaN where it does not define one.
type figures [measureCount]prediction.Number

// judge returns the figures of answers. Downtime and total time are judged where pre-copy switched over by itself, or
// of every migration.
func judge(answers []answer, everyPause bool) figures {
	var f figures
	for m := range f {
		f[m] = prediction.Number(math.NaN())
	}
	f[asked] = prediction.Number(len(answers))
	moved := answers
	if !everyPause {
		moved = nil
		for i := range answers {
			if answers[i].record.Outcome.SwitchedOver() {
				moved = append(moved, answers[i])
			}
		}
	}
	f.judgeDowntime(moved)
	f.judgeTotalTime(moved)
	f.judgeVerdict(answers)
	return f
}

// judgeDowntime fills in the figures of the downtime.
func (f *figures) judgeDowntime(answers []answer) {
	var actual, told, logRatio []float64
	var summaries []prediction.Summary
	var under, over float64
	for i := range answers {
		y, p := answers[i].record.Outcome.DowntimeMS, answers[i].prediction.Summary()
		if math.IsNaN(y) {
			continue
		}
		y = max(y, prediction.LeastMS)
		actual, told, summaries = append(actual, y), append(told, p.DowntimeMS), append(summaries, p)
		logRatio = append(logRatio, math.Log(p.DowntimeMS/y))
		under, over = under+one(y < p.LowerMS), over+one(y > p.UpperMS)
	}
	m, n := evaluate.ScoreSummaries(actual, summaries), float64(len(actual))
	f[judged] = prediction.Number(n)
	f[realMS] = median(actual)
	f[toldMS] = median(told)
	f[bias] = median(logRatio)
	f[medianError], f[logR2], f[coverage] = m.MedianRelativeError, m.LogR2, m.Coverage90
	f[below], f[above] = prediction.Number(under/n), prediction.Number(over/n)
	f[confidence], f[hits] = m.MeanConfidence, m.Within25
	f[confidenceGap] = prediction.Number(math.Abs(float64(m.MeanConfidence - m.Within25)))
}

// judgeTotalTime fills in the figures of the total time.
func (f *figures) judgeTotalTime(answers []answer) {
	var off, ratio []float64
	var held, intervals float64
	for i := range answers {
		y, p := answers[i].record.Outcome.TotalTimeMS, float64(answers[i].prediction.PredictedTotalTimeMS)
		if math.IsNaN(y) || math.IsNaN(p) {
			continue
		}
		y = max(y, prediction.LeastMS)
		off, ratio = append(off, math.Abs(p-y)/y), append(ratio, p/y)
		if in := answers[i].total; in != nil {
			intervals++
			held += one(in.Lower <= y && y <= in.Upper)
		}
	}
	f[totalError], f[totalRatio] = median(off), median(ratio)
	f[totalCoverage] = prediction.Number(held / intervals)
}

// likely is the probability from which pre-copy is expected to converge.
const likely = 0.5

// judgeVerdict fills in the figures of whether pre-copy converges.
func (f *figures) judgeVerdict(answers []answer) {
	var ended, yes, told, wrong, ruled, ruleOff float64
	for i := range answers {
		a := &answers[i]
		did, known := a.converged()
		if !known {
			continue
		}
		p := a.prediction.ConvergenceProbability
		ended, yes, told = ended+1, yes+one(did), told+p
		wrong += one((p >= likely) != did)
		if says, known := a.rule(); known {
			ruled++
			ruleOff += one(says != did)
		}
	}
	f[converged], f[convergenceTold] = prediction.Number(yes/ended), prediction.Number(told/ended)
	f[wrongVerdicts], f[ruleWrong] = prediction.Number(wrong/ended), prediction.Number(ruleOff/ruled)
}

func median(values []float64) prediction.Number {
	return prediction.Finite(evaluate.Quantile(0.5, values))
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
