package board

import (
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/view"
)

func (w *work) days() (any, error) {
	t := Trend{Block: w.around("trend", "trend"), Unit: "日", Now: w.period.Title(), Earlier: strings.TrimPrefix(w.compared(), "较")}
	points, err := w.trend()
	if err != nil {
		return nil, err
	}
	before, err := w.trendBefore()
	if err != nil {
		return nil, err
	}
	var total int64
	for i, p := range points {
		point := w.point(p)
		total += point.Count
		if i < len(before) && unitOf(before[i].Period) == unitOf(p.Period) {
			b := w.point(before[i])
			point.Earlier, point.EarlierCount, point.EarlierScore = b.Label, b.Count, b.Score
			total += b.Count
		}
		t.Unit = unitOf(p.Period)
		t.Points = append(t.Points, point)
	}
	if total == 0 {
		t.Points, t.Empty = nil, w.nothing()
	}
	return t, nil
}

func (w *work) hours() (any, error) {
	h := Hours{Block: w.around("hours", "hours")}
	if org.LevelOf(w.region) > org.LevelCounty {
		h.Empty, h.Downloads = "分时统计只到县区", nil
		return h, nil
	}
	points, err := w.hour()
	if err != nil {
		return nil, err
	}
	var total int64
	for _, p := range points {
		total += p.Counts.Total()
		h.Points = append(h.Points, w.point(p))
	}
	if total == 0 {
		h.Points, h.Empty = nil, "今天还没有评价"
	}
	return h, nil
}

func (w *work) point(p figures.Point) Point {
	n := p.Counts.Total()
	return Point{Label: labelOf(p), Count: n, Score: w.h.Figures.Score(p.Counts), GoodRate: w.h.Figures.GoodRate(p.Counts)}
}

// unitOf is what a period yyyymmddhh, yyyymmdd or yyyymm is.
func unitOf(period int) string {
	switch {
	case period > 99991231:
		return "时"
	case period > 999912:
		return "日"
	default:
		return "月"
	}
}

// labelOf is what a point is called; a part of a month by its days: 7月15日至31日.
func labelOf(p figures.Point) string {
	period := p.Period
	switch unitOf(period) {
	case "时":
		return fmt.Sprintf("%d时", period%100)
	case "日":
		return fmt.Sprintf("%d月%d日", period/100%100, period%100)
	}
	switch from, to := p.Part.From, p.Part.To; {
	case p.Part == figures.Span{}:
		return fmt.Sprintf("%d年%d月", period/100, period%100)
	case from == to:
		return fmt.Sprintf("%d月%d日", period%100, from%100)
	default:
		return fmt.Sprintf("%d月%d日至%d日", period%100, from%100, to%100)
	}
}

// The box that sparklines are drawn in.
const (
	sparkWidth, sparkHeight = 100.0, 24.0
	sparkEdge               = 2.0
)

// spark draws the line of a figure over the period; what was not counted is left out.
func (f *Figure) spark(points []figures.Point, value func(figures.Counts) (float64, bool)) {
	var xs, ys []float64
	for i, p := range points {
		if y, known := value(p.Counts); known {
			xs, ys = append(xs, float64(i)), append(ys, y)
		}
	}
	if len(ys) < 2 {
		return
	}
	low, high := ys[0], ys[0]
	for _, y := range ys {
		low, high = min(low, y), max(high, y)
	}
	text := make([]string, len(ys))
	for i := range ys {
		x := xs[i] * sparkWidth / float64(len(points)-1)
		y := sparkHeight / 2
		if high > low {
			y = sparkEdge + (high-ys[i])/(high-low)*(sparkHeight-2*sparkEdge)
		}
		text[i] = fmt.Sprintf("%.1f,%.1f", x, y)
	}
	f.Spark = strings.Join(text, " ")
	words := view.Decimal
	if f.Kind == KindCount {
		words = func(n float64) string { return view.Whole(int64(n)) }
	}
	f.SparkText = fmt.Sprintf("最低 %s，最高 %s", words(low), words(high))
}

func thousands(n int64) string { return view.Whole(n) }
