// Package qrcode draws QR codes (GB/T 18284) as SVG and PNG, for print and for screens. A module is always a whole number of pixels,
// and four modules around the code are left free.
package qrcode

import (
	"fmt"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/skip2/go-qrcode"
)

// Level is how much of a code may be unreadable.
type Level int

// The levels that may be asked for; one lower than M is too weak for paper at a counter.
const (
	M Level = iota // 15 %
	Q              // 25 %
	H              // 30 %
)

var levels = [...]qrcode.RecoveryLevel{M: qrcode.Medium, Q: qrcode.High, H: qrcode.Highest}

// quietZone is how many modules around the code are left free (GB/T 18284, 6.3.8).
const quietZone = 4

// Option changes how a code is drawn.
type Option func(*drawing)

// TestMark writes 测试环境 仅供测试 under the code, never over it: the picture is higher than wide by that line.
func TestMark() Option { return func(d *drawing) { d.marked = true } }

// drawing is a code to draw: its modules, true for a dark one.
type drawing struct {
	modules [][]bool
	marked  bool
}

// side is the width of the code and what is free around it, in modules.
func (d *drawing) side() int { return len(d.modules) + 2*quietZone }

func newDrawing(content string, level Level, options []Option) (*drawing, error) {
	modules, err := encode(content, level)
	if err != nil {
		return nil, err
	}
	d := &drawing{modules: modules}
	for _, option := range options {
		option(d)
	}
	return d, nil
}

// encode makes the smallest code of at least the level, and of the highest level that is no larger.
func encode(content string, level Level) ([][]bool, error) {
	if content == "" || level < M || level > H {
		return nil, fmt.Errorf("no code for %d characters at level %d", len(content), level)
	}
	code, err := qrcode.New(content, levels[level])
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "内容太长，无法生成二维码"}
	}
	for better := H; better > level; better-- {
		if same, err := qrcode.NewWithForcedVersion(content, code.VersionNumber, levels[better]); err == nil {
			code = same
			break
		}
	}
	code.DisableBorder = true
	return code.Bitmap(), nil
}
