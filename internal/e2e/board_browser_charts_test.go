package e2e

import (
	"testing"
	"time"

	pages "github.com/chromedp/cdproto/page"
)

// shantou has three reviews in the town of the board.
const shantou = "440500000000"

// noteTexts has every canvas keep what was written on it, and where.
const noteTexts = `(() => {
	const pen = CanvasRenderingContext2D.prototype, {fillText, clearRect} = pen
	pen.fillText = function (text, x, y, ...rest) {
		const at = this.getTransform().transformPoint({x, y})
		this.canvas.told = (this.canvas.told ?? []).concat({text, x: at.x, y: at.y})
		return fillText.call(this, text, x, y, ...rest)
	}
	pen.clearRect = function (...where) {
		this.canvas.told = []
		return clearRect.apply(this, where)
	}
})()`

// wrongAxes are the numbers beside a chart that are no number of reviews, stand on one another, or stand between the lines of the
// other axis.
const wrongAxes = `[...document.querySelectorAll("[data-chart]")].flatMap(chart => {
	const name = chart.dataset.chart, canvas = chart.querySelector("canvas"), wrong = []
	const numbers = (canvas?.told ?? []).filter(label => /^[0-9.,]+$/.test(label.text))
	const at = half => [...new Map(numbers.filter(label => half(label.x / canvas.width)).map(label => [label.text, label.y])).entries()].sort((a, b) => a[1] - b[1])
	const left = at(x => x < .5), right = at(x => x >= .5)
	if (left.length < 2) wrong.push(name + " has no numbers: " + JSON.stringify(canvas?.told))
	for (const [text] of left) if (!/^[0-9,]+$/.test(text)) wrong.push(name + " counts " + text)
	for (const side of [left, right]) side.forEach(([text, y], i) => { if (i && y - side[i - 1][1] < 15) wrong.push(name + ": " + text + " stands on another number") })
	if (right.length && String(left.map(l => Math.round(l[1]))) !== String(right.map(r => Math.round(r[1])))) wrong.push(name + ": the axes have other lines: " + JSON.stringify([left, right]))
	return wrong })`

// longest is the most pixels of a color that stand side by side in the trend.
const longest = `(color => {
	const canvas = document.querySelector('[data-chart="trend"] canvas'), {width, height} = canvas
	const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data
	let most = 0
	for (let y = 0; y < height; y++) for (let x = 0, run = 0; x < width; x++) {
		const i = 4 * (y * width + x)
		run = color.every((part, n) => Math.abs(pixels[i + n] - part) < 12) && pixels[i + 3] > 200 ? run + 1 : 0
		most = Math.max(most, run)
	}
	return most
})`

// Charts of few reviews count in whole ones, both axes share their lines, numbers keep apart on a wall, and what has no
// neighbour is drawn as well.
func TestTheBoardsChartsCanBeRead(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, wall)
	tell(b, pages.Enable, pages.EnableParams{})
	tell(b, pages.AddScriptToEvaluateOnNewDocument, pages.AddScriptToEvaluateOnNewDocumentParams{Source: noteTexts})
	for _, path := range []string{"/ping/board", "/ping/board?region=" + shantou, "/ping/board?period=today"} {
		b.open(path)
		b.until("charts are drawn", `document.querySelectorAll(".drawing").length === document.querySelectorAll(".drawing.filled canvas").length`)
		for deadline := time.Now().Add(settling); ; time.Sleep(50 * time.Millisecond) {
			wrong := ask[[]string](b, wrongAxes)
			if len(wrong) == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("%s: %q", path, wrong)
				break
			}
		}
	}
	for path, color := range map[string]string{
		"/ping/board?region=" + shantou:                "[179, 84, 30]",  // the score of a day alone
		"/ping/board?period=today&region=" + guangzhou: "[92, 100, 112]", // yesterday's number, as a piece of its dashes
	} {
		b.open(path)
		b.until("what has no neighbour is drawn: "+path, `document.querySelector('[data-chart="trend"] canvas') && `+longest+`(`+color+`) >= 5`)
	}
}
