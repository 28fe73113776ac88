package simulate

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Measures of the picture, in pixels.
const (
	plotWidth  = 860
	plotHeight = 680
	plotLeft   = 96 // of the square that the dots lie in
	plotTop    = 84
	plotSide   = 520
	plotAside  = plotLeft + plotSide + 28 // where the legend begins
)

// Colours that differ in print and to the colour-blind, too: intervals that held are filled dots, and those that did
// not are empty ones.
const (
	plotInk    = "#1f2933"
	plotGrey   = "#61707f"
	plotHeld   = "#1f6fb4"
	plotMissed = "#c8321f"
	plotBand   = "#e4f0e2"
)

// How marks look, as markup.
const (
	diagonal  = `stroke="` + plotInk + `" stroke-width="1.2" stroke-dasharray="7 4"`
	dotHeld   = `fill="` + plotHeld + `" fill-opacity="0.75"`
	dotMissed = `fill="#ffffff" fill-opacity="0.6" stroke="` + plotMissed + `" stroke-width="1.6"`
)

// canvas holds the markup of a picture.
type canvas struct{ bytes.Buffer }

// put writes one line of markup.
func (c *canvas) put(format string, values ...any) { fmt.Fprintf(c, format+"\n", values...) }

// text writes words at a place; attributes are markup.
func (c *canvas) text(x, y float64, attributes, words string) {
	c.put(`<text x="%.1f" y="%.1f" %s>%s</text>`, x, y, attributes, escaped(words))
}

// escaped returns text as markup can hold it.
func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}
