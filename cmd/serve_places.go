package cmd

import (
	"context"
	"fmt"
	"strings"

	"vmmp/configs/sources"
	"vmmp/pkg/config"
	"vmmp/pkg/roster"
	"vmmp/pkg/source"
	"vmmp/pkg/source/places"
)

// watchedPlaces returns the places that a server watches. The error is of an address that is none.
func watchedPlaces(c config.Sources) ([]roster.Place, error) {
	var all []roster.Place
	for _, address := range strings.Fields(c.Places) {
		if err := places.Check(address); err != nil {
			return nil, fmt.Errorf("sources.places: %w", err)
		}
		all = append(all, roster.Place{
			Name: places.Name(address), Every: c.Interval, Most: int(c.VMs),
			Ask: source.Ask{DirtyRate: c.Measure != "none", Curve: c.Measure == "curve"},
			Open: func(ctx context.Context) (source.Source, error) {
				return places.Open(ctx, address, places.Options{Mappings: sources.Mappings})
			},
		})
	}
	return all, nil
}
