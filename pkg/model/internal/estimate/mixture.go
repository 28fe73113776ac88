package estimate

import "vmmp/pkg/evaluate"

// mixed is the number of quantiles that distributions are mixed at.
const mixed = 60

// opinion is what one expert says, with its weight.
type opinion struct {
	*Distribution
	weight float64
}

// distribution returns what the views together say of a quantity; nil where no training row of any told.
func distribution(b *Buffers, views []view, t evaluate.Target) *Distribution {
	said, weights := b.said[:0:len(b.said)], 0.0
	for i := range views {
		v := &views[i]
		if r := v.regressor(t); !r.Empty() {
			d := &b.distributions[len(said)]
			r.Predict(d, b, v.row, &v.physics, v.class, v.outside || v.correction.settles(t))
			v.correction.apply(d, t)
			said, weights = append(said, opinion{d, v.weight}), weights+v.weight
		}
	}
	for i := range said {
		said[i].weight /= weights
	}
	switch len(said) {
	case 0:
		return nil
	case 1:
		return said[0].Distribution
	}
	d := &b.distributions[len(said)]
	d.mix(b, said)
	return d
}

// mix makes d of several distributions by their quantiles, so that it is no wider than the widest and has one middle.
func (d *Distribution) mix(b *Buffers, said []opinion) {
	b.sample = b.sample[:0]
	for i := range mixed {
		value := 0.0
		for _, o := range said {
			value += o.weight * o.quantile((float64(i)+0.5)/mixed)
		}
		b.sample = append(b.sample, weighted{value, 1.0 / mixed})
	}
	mean := 0.0
	for _, o := range said {
		mean += o.weight * o.Center()
	}
	d.reset(b.sample, mean, nil)
}
