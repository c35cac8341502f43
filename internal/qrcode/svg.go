package qrcode

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// svgScale is how many pixels wide a module is where nothing else says how large the picture is.
const svgScale = 8

// SVG draws a code as an SVG element, which may stand in a page or in a file of its own.
func SVG(content string, level Level, options ...Option) ([]byte, error) {
	d, err := newDrawing(content, level, options)
	if err != nil {
		return nil, err
	}
	side, width, height := d.side(), float64(len(d.modules)), float64(d.side())
	if d.marked {
		height = math.Ceil(height + markHeight(width))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %v" width="%d" height="%v" role="img" aria-label="二维码">`,
		side, height, side*svgScale, height*svgScale)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%vH0z"/><path shape-rendering="crispEdges" d="`, side, height)
	for y, row := range d.modules {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quietZone, y+quietZone, x-from, x-from)
			}
		}
	}
	b.WriteString(`"/>`)
	if d.marked {
		size := markSize(width)
		for _, letter := range mark {
			fmt.Fprintf(&b, `<path fill="%s" transform="translate(%s %s) scale(%s)" d="%s"/>`,
				markColor, short(quietZone+letter.at*size), strconv.Itoa(side), short(size/emUnits), letter.outline)
		}
	}
	b.WriteString(`</svg>`)
	return b.Bytes(), nil
}

func short(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }
