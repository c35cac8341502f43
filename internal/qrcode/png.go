package qrcode

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/haochaping/haochaping/internal/fault"
)

// MaxPixels is how wide a picture may be.
const MaxPixels = 4096

// shades are how finely the edges of the words are drawn.
const shades = 16

// palette is white, black, and the shades of the words' color, from light to full.
var palette = func() color.Palette {
	p := color.Palette{color.White, color.Black}
	for i := 1; i <= shades; i++ {
		mix := func(full uint8) uint8 { return 0xff - uint8((0xff-int(full))*i/shades) }
		p = append(p, color.RGBA{mix(0xc6), mix(0x36), mix(0x2c), 0xff})
	}
	return p
}()

// PNG draws a code as a PNG, as wide as it is told to be. What is left over when every module is a whole number of pixels
// is white, around the code.
func PNG(content string, level Level, pixels int, options ...Option) ([]byte, error) {
	d, err := newDrawing(content, level, options)
	if err != nil {
		return nil, err
	}
	if least := d.side(); pixels < least || pixels > MaxPixels {
		return nil, &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("图片宽度应为 %d 到 %d 像素", least, MaxPixels)}
	}
	scale := pixels / d.side()
	width := scale * len(d.modules)
	edge := (pixels - width) / 2
	colors, height := palette[:2], pixels
	if d.marked {
		colors, height = palette, pixels+int(math.Ceil(markHeight(float64(width))))
	}
	picture := image.NewPaletted(image.Rect(0, 0, pixels, height), colors)
	for y, row := range d.modules {
		for x, dark := range row {
			if dark {
				blacken(picture, image.Rect(0, 0, scale, scale).Add(image.Pt(edge+x*scale, edge+y*scale)))
			}
		}
	}
	if d.marked {
		drawMark(picture, markSize(float64(width)), float64(edge), float64(pixels))
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	return b.Bytes(), nil
}

func blacken(picture *image.Paletted, area image.Rectangle) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			picture.SetColorIndex(x, y, 1)
		}
	}
}

// drawMark writes the words under the code.
func drawMark(picture *image.Paletted, size, left, top float64) {
	for _, letter := range mark {
		fill(letter.outline, size/emUnits, left+letter.at*size, top, func(x, y int, part float64) {
			if shade := int(part*shades + 0.5); shade > 0 {
				picture.SetColorIndex(x, y, uint8(1+shade)) //nolint:gosec // at most shades
			}
		})
	}
}
