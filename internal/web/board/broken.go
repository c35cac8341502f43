package board

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/haochaping/haochaping/internal/web/view"
)

// unread is what a block says whose figures could not be read while the others stand.
const unread = "这部分数据暂时读不出来，其他数据不受影响。请稍后刷新页面。"

// draw draws one block; a panic is its error.
func (w *work) draw(name string) (html template.HTML, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("block %s: panic: %v\n%s", name, cause, debug.Stack())
		}
	}()
	data, err := blocks[name](w)
	if err != nil {
		return "", fmt.Errorf("block %s: %w", name, err)
	}
	return w.h.pages.Fragment(view.Chinese, "board-"+name, data)
}

// failure is what of a page could not be read. Blocks that share a figure share its error.
type failure struct {
	blocks []string
	causes []error
}

// withFigures is how many blocks are made of figures at every region: all but head and hours.
var withFigures = len(BlockNames()) - 2

// instead stands for a block that failed. It is an error where there is nothing else to show: of a block that stands alone, of the head,
// and when all figures fail.
func (w *work) instead(name string, err error, failed *failure) (template.HTML, error) {
	failed.blocks, failed.causes = append(failed.blocks, name), append(failed.causes, err)
	if w.block != "" || name == "head" || len(failed.blocks) >= withFigures {
		return "", errors.Join(failed.causes...)
	}
	return w.h.pages.Fragment(view.Chinese, "board-unread", Block{Name: name, Title: w.title(name), Out: w.embed, Empty: unread})
}

// log says what failed and why, once a drawing.
func (f *failure) log(log *slog.Logger) {
	if len(f.blocks) > 0 {
		log.Error("the board stands without some of its blocks", "blocks", strings.Join(f.blocks, ","), "error", f.causes[0])
	}
}
