package qrcode_test

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/qrcode"
	"github.com/makiuchi-d/gozxing"
	reader "github.com/makiuchi-d/gozxing/qrcode"
	"pgregory.net/rapid"
)

const (
	// short is the address of a window, longest that of a dynamic code (3.4.1.4) with every part as long as may be, in the
	// letters and digits that codes are made of.
	short   = "https://haochaping.gd.gov.cn/ping/window.html?w=4401000000010001"
	longest = "https://haochaping.gd.gov.cn/ping/pb/hallqr.html?msg=gzga010001-GZ00000001-44010400100100000000-" +
		"11440100007482532C3000109001000202606150001ABCDEFG-11440100007482532C3000109001000X&k=28f191f2457654a7"
)

// scan reads a picture as a telephone does.
func scan(t testing.TB, picture image.Image, hints ...gozxing.DecodeHintType) *gozxing.Result {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	with := map[gozxing.DecodeHintType]any{}
	for _, hint := range hints {
		with[hint] = true
	}
	result, err := reader.NewQRCodeReader().Decode(bitmap, with)
	if err != nil {
		t.Fatalf("no code is found: %v", err)
	}
	return result
}

func draw(t testing.TB, content string, level qrcode.Level, pixels int, options ...qrcode.Option) image.Image {
	t.Helper()
	data, err := qrcode.PNG(content, level, pixels, options...)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// blurred is a picture as a cheap camera sees it: many pixels become one.
func blurred(picture image.Image, pixels int) image.Image {
	gray := image.NewGray(image.Rect(0, 0, pixels, pixels))
	by := picture.Bounds().Dx() / pixels
	for y := range pixels {
		for x := range pixels {
			sum := 0
			for dy := range by {
				for dx := range by {
					sum += int(color.GrayModel.Convert(picture.At(x*by+dx, y*by+dy)).(color.Gray).Y)
				}
			}
			gray.SetGray(x, y, color.Gray{uint8(sum / by / by)}) //nolint:gosec // a mean of bytes
		}
	}
	return gray
}

func TestACodeIsReadAt120Pixels(t *testing.T) {
	for name, content := range map[string]string{"short": short, "longest": longest} {
		for _, options := range [][]qrcode.Option{nil, {qrcode.TestMark()}} {
			if got := scan(t, draw(t, content, qrcode.M, 120, options...)).GetText(); got != content {
				t.Errorf("%s: got %s", name, got)
			}
			if got := scan(t, blurred(draw(t, content, qrcode.M, 480, options...), 120)).GetText(); got != content {
				t.Errorf("%s, by a camera: got %s", name, got)
			}
		}
	}
}

func TestTheLevelIsNeverLower(t *testing.T) {
	at := func(content string, level qrcode.Level) string {
		result := scan(t, draw(t, content, level, 300))
		return result.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL].(string)
	}
	order := "LMQH"
	for _, content := range []string{short, longest, "http://127.0.0.1:8080/ping/window.html?w=4401000000010001"} {
		for level, want := range map[qrcode.Level]string{qrcode.M: "M", qrcode.Q: "Q", qrcode.H: "H"} {
			if got := at(content, level); strings.Index(order, got) < strings.Index(order, want) {
				t.Errorf("%s: got level %s, want %s or better", content, got, want)
			}
		}
	}
	if got := at("1", qrcode.M); got != "H" {
		t.Errorf("a short one has room for level H, and has %s", got)
	}
}

func TestEveryModuleIsAWholeNumberOfPixels(t *testing.T) {
	const pixels = 617
	picture := draw(t, short, qrcode.M, pixels)
	if size := picture.Bounds().Size(); size != image.Pt(pixels, pixels) {
		t.Fatalf("the picture is %v", size)
	}
	dark := func(x, y int) bool { r, _, _, _ := picture.At(x, y).RGBA(); return r == 0 }
	left, top := pixels, pixels
	for y := range pixels {
		for x := range pixels {
			if r, g, b, a := picture.At(x, y).RGBA(); a != 0xffff || r != g || g != b || r != 0 && r != 0xffff {
				t.Fatalf("pixel %d, %d is neither black nor white", x, y)
			}
			if dark(x, y) {
				left, top = min(left, x), min(top, y)
			}
		}
	}
	finder := 0
	for dark(left+finder, top) {
		finder++
	}
	module := finder / 7
	if finder%7 != 0 || module < 10 || left < 4*module || top != left {
		t.Errorf("a finder of %d pixels at %d, %d: want 7 modules and 4 free ones around", finder, left, top)
	}
	for y := top; y < pixels-top; y++ {
		for x := left; x < pixels-left; x++ {
			if dark(x, y) != dark(x-(x-left)%module, y-(y-top)%module) {
				t.Fatalf("pixel %d, %d differs from its module", x, y)
			}
		}
	}
}

// The words stand under the picture, and not a pixel of it is changed.
func TestTheTestMarkIsOutside(t *testing.T) {
	for _, pixels := range []int{120, 600} {
		plain, marked := draw(t, short, qrcode.M, pixels), draw(t, short, qrcode.M, pixels, qrcode.TestMark())
		if marked.Bounds().Dx() != pixels || marked.Bounds().Dy() <= pixels+5 {
			t.Fatalf("the picture is %v", marked.Bounds())
		}
		for y := range pixels {
			for x := range pixels {
				a, _, _, _ := plain.At(x, y).RGBA()
				b, _, _, _ := marked.At(x, y).RGBA()
				if a != b {
					t.Fatalf("%d pixels: pixel %d, %d is drawn over", pixels, x, y)
				}
			}
		}
		inked := 0
		for y := pixels; y < marked.Bounds().Dy(); y++ {
			for x := range pixels {
				if r, g, _, _ := marked.At(x, y).RGBA(); g < r {
					inked++
				}
			}
		}
		area := float64(pixels * (marked.Bounds().Dy() - pixels))
		if share := float64(inked) / area; share < 0.1 || share > 0.6 {
			t.Errorf("%d pixels: %.2f of the line under the code is inked", pixels, share)
		}
	}
}

// path reads the modules back out of an SVG.
func path(t testing.TB, data []byte) (modules map[image.Point]bool, side int) {
	t.Helper()
	var svg struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D         string `xml:"d,attr"`
			Fill      string `xml:"fill,attr"`
			Transform string `xml:"transform,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(data, &svg); err != nil {
		t.Fatal(err)
	}
	box := strings.Fields(svg.ViewBox)
	side = number(t, box[2])
	modules = map[image.Point]bool{}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(svg.Paths[1].D, -1) {
		if run[3] != run[4] {
			t.Errorf("the path %s does not come back to where it began", run[0])
		}
		for x := range number(t, run[3]) {
			modules[image.Pt(number(t, run[1])+x, number(t, run[2]))] = true
		}
	}
	return modules, side
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSVGAndPNGAreTheSameCode(t *testing.T) {
	for _, content := range []string{short, longest} {
		for _, options := range [][]qrcode.Option{nil, {qrcode.TestMark()}} {
			data, err := qrcode.SVG(content, qrcode.M, options...)
			if err != nil {
				t.Fatal(err)
			}
			modules, side := path(t, data)
			picture := draw(t, content, qrcode.M, side)
			want := map[image.Point]bool{}
			for y := range side {
				for x := range side {
					if r, _, _, _ := picture.At(x, y).RGBA(); r == 0 {
						want[image.Pt(x, y)] = true
					}
				}
			}
			if diff := cmp.Diff(want, modules); diff != "" {
				t.Error(diff)
			}
			if marked := strings.Count(string(data), "#c6362c"); marked != 8*len(options) {
				t.Errorf("%d letters are written, want %d", marked, 8*len(options))
			}
		}
	}
}

func TestEveryContentIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.StringMatching(`([0-9]{0,30}|[A-Z0-9:/.-]{0,20}|[a-z?&=%]{0,20}|[办件数]{0,5}){1,6}[0-9a-z]`).Draw(t, "content")
		level := rapid.SampledFrom([]qrcode.Level{qrcode.M, qrcode.Q, qrcode.H}).Draw(t, "level")
		data, err := qrcode.PNG(content, level, 300)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
		if err != nil {
			t.Fatal(err)
		}
		result, err := reader.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{
			gozxing.DecodeHintType_PURE_BARCODE: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8",
		})
		if err != nil || result.GetText() != content {
			t.Fatalf("%q: %v, %v", content, result, err)
		}
	})
}

func TestWhatCantBeDrawn(t *testing.T) {
	if _, err := qrcode.SVG("", qrcode.M); err == nil {
		t.Error("nothing is drawn as a code")
	}
	if _, err := qrcode.SVG("1", qrcode.M-1); err == nil {
		t.Error("a level that is none is drawn")
	}
	for name, draw := range map[string]func() error{
		"too long":   func() error { _, err := qrcode.SVG(strings.Repeat("数", 800), qrcode.M); return err },
		"too narrow": func() error { _, err := qrcode.PNG(longest, qrcode.M, 60); return err },
		"too wide":   func() error { _, err := qrcode.PNG(short, qrcode.M, qrcode.MaxPixels+1); return err },
	} {
		if err := draw(); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func BenchmarkSVG(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := qrcode.SVG(longest, qrcode.M); err != nil {
			b.Fatal(err)
		}
	}
}
