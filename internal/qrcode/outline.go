package qrcode

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// An outline is filled by the rule of windings, with every row of pixels cut into some finer ones and every edge of a run
// weighed by how much of its pixel it covers.
const rowsPerPixel = 4

type point struct{ x, y float64 }

// lines reads an outline of absolute M, L, H, V, C and Z and gives its closed rings, curves cut into short lines.
func lines(outline string) [][]point {
	var rings [][]point
	var ring []point
	for _, step := range steps(outline) {
		switch n := step.numbers; step.command {
		case 'M':
			ring = []point{{n[0], n[1]}}
			for i := 2; i+1 < len(n); i += 2 { // more pairs are lines
				ring = append(ring, point{n[i], n[i+1]})
			}
		case 'L':
			for i := 0; i+1 < len(n); i += 2 {
				ring = append(ring, point{n[i], n[i+1]})
			}
		case 'H':
			ring = append(ring, point{n[0], ring[len(ring)-1].y})
		case 'V':
			ring = append(ring, point{ring[len(ring)-1].x, n[0]})
		case 'C':
			for i := 0; i+5 < len(n); i += 6 {
				ring = append(ring, curve(ring[len(ring)-1], point{n[i], n[i+1]}, point{n[i+2], n[i+3]}, point{n[i+4], n[i+5]})...)
			}
		case 'Z':
			rings = append(rings, ring)
		}
	}
	return rings
}

func curve(a, b, c, d point) []point {
	const parts = 8
	points := make([]point, parts)
	for i := range points {
		t := float64(i+1) / parts
		u := 1 - t
		mix := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
		points[i] = point{mix(a.x, b.x, c.x, d.x), mix(a.y, b.y, c.y, d.y)}
	}
	return points
}

type step struct {
	command byte
	numbers []float64
}

func steps(outline string) []step {
	var all []step
	for outline != "" {
		end := 1 + strings.IndexAny(outline[1:], "MLHVCZ")
		if end == 0 {
			end = len(outline)
		}
		s := step{command: outline[0]}
		for field := range strings.FieldsSeq(outline[1:end]) {
			n, err := strconv.ParseFloat(field, 64)
			if err != nil {
				panic(err) // our own outlines
			}
			s.numbers = append(s.numbers, n)
		}
		all, outline = append(all, s), outline[end:]
	}
	return all
}

// fill calls cover for the pixels of an outline, scaled and moved, with how much of each it covers.
func fill(outline string, scale, left, top float64, cover func(x, y int, part float64)) {
	rings := lines(outline)
	first, last := math.Inf(1), math.Inf(-1)
	for _, ring := range rings {
		for i := range ring {
			ring[i] = point{ring[i].x*scale + left, ring[i].y*scale + top}
			first, last = min(first, ring[i].y), max(last, ring[i].y)
		}
	}
	for y := int(math.Floor(first)); y <= int(last); y++ {
		row := map[int]float64{}
		for part := range rowsPerPixel {
			for _, run := range runs(rings, float64(y)+(float64(part)+0.5)/rowsPerPixel) {
				for x := int(math.Floor(run[0])); float64(x) < run[1]; x++ {
					row[x] += (min(run[1], float64(x+1)) - max(run[0], float64(x))) / rowsPerPixel
				}
			}
		}
		for x, part := range row {
			cover(x, y, min(part, 1))
		}
	}
}

// runs are where a level line is inside.
func runs(rings [][]point, y float64) [][2]float64 {
	type crossing struct {
		x       float64
		winding int
	}
	var crossings []crossing
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if (a.y <= y) == (b.y <= y) {
				continue
			}
			winding := 1
			if a.y > b.y {
				winding = -1
			}
			crossings = append(crossings, crossing{a.x + (y-a.y)/(b.y-a.y)*(b.x-a.x), winding})
		}
	}
	slices.SortFunc(crossings, func(a, b crossing) int { return int(math.Copysign(1, a.x-b.x)) })
	var inside [][2]float64
	winding, from := 0, 0.0
	for _, c := range crossings {
		if winding == 0 {
			from = c.x
		}
		if winding += c.winding; winding == 0 {
			inside = append(inside, [2]float64{from, c.x})
		}
	}
	return inside
}
