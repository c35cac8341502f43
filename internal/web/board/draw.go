package board

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/respond"
	"github.com/haochaping/haochaping/internal/web/view"
)

// work is what the blocks of one drawing share. Each figure is read once: when a block asks for it, or ahead of all of them.
type work struct {
	h *Handler
	*naming
	state
	now            time.Time
	scope, earlier figures.Scope
	period         figures.Period

	summary, before     func() (figures.Summary, error)
	total, today, month func() (figures.Counts, error)
	trend, trendBefore  func() ([]figures.Point, error)
	hour                func() ([]figures.Point, error)
	regions, ranked     func() (figures.Ranking, error)
	channel, evaluation func() ([]figures.Standing, error)
	tags                func() (publicTags, error)
	recently            func() ([]review.Public, error)

	reads []func()
}

// publicTags are the tags that everybody may see; hidden says that there are too few reviews.
type publicTags struct {
	figures.Tagged
	hidden bool
}

// once is a figure of a drawing.
func once[T any](w *work, read func() (T, error)) func() (T, error) {
	value := sync.OnceValues(read)
	w.reads = append(w.reads, func() {
		defer func() { _ = recover() }() // it keeps its error or panic for the blocks
		_, _ = value()
	})
	return value
}

func (h *Handler) newWork(ctx context.Context, s state) (*work, error) {
	w := &work{h: h, naming: &naming{registers: h.registers}, state: s, now: h.Now()}
	var err error
	if w.scope, w.earlier, w.period, err = s.scope(w.now); err != nil {
		return nil, err
	}
	today := w.scope
	today.Span.To = beijing.Day(w.now)
	today.Span.From = today.Span.To
	month := today
	month.Span.From = today.Span.To/100*100 + 1
	f := h.Figures
	// What takes long comes first.
	w.tags = once(w, func() (t publicTags, err error) {
		t.Tagged, t.hidden, err = f.PublicTags(ctx, w.scope)
		return t, err
	})
	w.trend = once(w, func() ([]figures.Point, error) { return f.Trend(ctx, w.scope) })
	w.total = once(w, func() (figures.Counts, error) { return f.Total(ctx, w.scope) })
	w.summary = once(w, func() (figures.Summary, error) {
		total, err := w.total()
		if err != nil {
			return figures.Summary{}, err
		}
		return f.SummaryWith(ctx, w.scope, total)
	})
	w.recently = once(w, func() ([]review.Public, error) { return w.newestReviews(ctx) })
	w.channel = once(w, func() ([]figures.Standing, error) { return f.Channels(ctx, w.scope) })
	w.regions = once(w, func() (figures.Ranking, error) { return f.Rank(ctx, figures.Regions, w.scope, w.earlier) })
	w.ranked = w.regions
	if who := subjectOf(w.by).rank; who != figures.Regions {
		w.ranked = once(w, func() (figures.Ranking, error) { return f.Rank(ctx, who, w.scope, w.earlier) })
	}
	w.trendBefore = once(w, func() ([]figures.Point, error) { return f.Trend(ctx, w.earlier) })
	w.evaluation = once(w, func() ([]figures.Standing, error) { return f.Entities(ctx, w.scope) })
	w.before = once(w, func() (figures.Summary, error) { return f.Summary(ctx, w.earlier) })
	w.month = once(w, func() (figures.Counts, error) { return f.Total(ctx, month) })
	w.today = once(w, func() (figures.Counts, error) { return f.Total(ctx, today) })
	w.hour = once(w, func() ([]figures.Point, error) { return f.Hours(ctx, w.scope) })
	return w, nil
}

// readersAhead is how many figures of a drawing are read at a time for who waits.
const readersAhead = 4

// readAhead reads every figure, so many at a time: most of the time of each is spent on waiting for its turn.
func (w *work) readAhead(readers int) {
	var next atomic.Int32
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(w.reads) {
					return
				}
				w.reads[n]()
			}
		})
	}
	all.Wait()
}

// blocks make the data of each block's template.
var blocks = map[string]func(w *work) (any, error){
	"head":       (*work).head,
	"figures":    (*work).five,
	"tiles":      (*work).tiles,
	"ranking":    (*work).ranking,
	"stars":      (*work).stars,
	"channels":   (*work).channels,
	"entities":   (*work).entities,
	"praised":    func(w *work) (any, error) { return w.tagged(true) },
	"complained": func(w *work) (any, error) { return w.tagged(false) },
	"trend":      (*work).days,
	"hours":      (*work).hours,
	"newest":     (*work).newest,
}

// titles are those of the blocks that are always called the same.
var titles = map[string]string{
	"head": "效能监督", "figures": "总体情况", "stars": "星级分布", "channels": "评价渠道", "entities": "评价对象", "praised": "群众点赞",
	"complained": "群众吐槽", "trend": "趋势", "hours": "今天分时", "newest": "最新评价",
}

// title is what a block is called.
func (w *work) title(block string) string {
	switch block {
	case "tiles":
		return w.belowTitle() + "得分"
	case "ranking":
		return w.subjectTitle(subjectOf(w.by)) + "排名"
	default:
		return titles[block]
	}
}

// draw finishes what is shown, with so many readers of its figures.
func (h *Handler) draw(ctx context.Context, what shown, readers int) (*drawn, error) {
	w, err := h.newWork(ctx, what.state)
	if err != nil {
		return nil, err
	}
	if what.table != "" {
		return w.file(ctx, what.table, what.format)
	}
	return w.page(readers)
}

// page draws the state's blocks, and the page around them.
func (w *work) page(readers int) (*drawn, error) {
	if w.block == "" {
		w.readAhead(readers)
	}
	d := &drawn{blocks: map[string]string{}}
	drawnBlocks := map[string]template.HTML{}
	failed := &failure{}
	for _, name := range w.state.blocks() {
		html, err := w.draw(name)
		if err != nil {
			if html, err = w.instead(name, err, failed); err != nil {
				return nil, err
			}
		}
		drawnBlocks[name], d.blocks[name] = html, string(html)
	}
	d.broken = len(failed.blocks) > 0
	failed.log(w.h.Log)
	d.version = versionOf(d.blocks)
	page := Page{
		Title: w.name(ofRegion, w.region) + " " + w.period.Title(), Test: w.h.Test, Embed: w.embed, Here: w.here(), Version: d.version,
		Live: w.live(d.version), Board: w.h.page(w.state), Past: w.period.Span.To < beijing.Day(w.now),
		Updated: w.now.In(beijing.Zone).Format("2006年1月2日 15:04:05"), UpdatedAt: w.now.In(beijing.Zone).Format(time.RFC3339),
		Blocks: drawnBlocks,
	}
	var html template.HTML
	var err error
	if w.block == "" {
		html, err = w.h.pages.Fragment(view.Chinese, "board", page)
	} else {
		html, err = w.h.pages.Fragment(view.Chinese, "board-embed", Single{Page: page, Name: w.block, Of: w.of(w.block), Block: drawnBlocks[w.block]})
	}
	if err != nil {
		return nil, err
	}
	d.kept, d.names = respond.Keep("text/html; charset=utf-8", []byte(html)), w.found
	return d, nil
}

// blocks are the names of what the state shows.
func (s state) blocks() []string {
	if s.block != "" {
		return []string{s.block}
	}
	return BlockNames()
}

// here is the address of what is shown.
func (w *work) here() string {
	if w.block != "" {
		return w.frame(w.block)
	}
	return w.h.address("", w.state)
}

// live is the address of the stream that goes on where these blocks end.
func (w *work) live(version string) string {
	address := w.h.address("/live", w.state)
	if strings.Contains(address, "?") {
		return address + "&since=" + version
	}
	return address + "?since=" + version
}

// frame is the address of a block in a frame.
func (w *work) frame(name string) string {
	s := w.state
	s.embed, s.block = false, ""
	return w.h.address("/embed/"+name, s)
}

// of says of what and when a block is, where it stands alone; nothing of the head, which says so itself.
func (w *work) of(block string) string {
	if block == "head" {
		return ""
	}
	said := []string{w.name(ofRegion, w.region)}
	if block != "hours" { // those are of today
		said = append(said, w.period.Title())
	}
	if w.state.entity != "" {
		said = append(said, w.name(ofEntity, w.state.entity))
	}
	if w.state.channel != "" {
		said = append(said, catalog.ChannelName(w.state.channel))
	}
	return strings.Join(said, " · ")
}

// around fills in what every block has.
func (w *work) around(name, table string) Block {
	b := Block{Name: name, Title: w.title(name), Out: w.embed}
	if !w.embed {
		b.Frame, b.FrameTitle = w.h.BaseURL+w.frame(name), b.Title+" · "+w.of(name)
	}
	for _, column := range w.columns(table) {
		if column.Formula != "" {
			b.Definitions = append(b.Definitions, Definition{column.Title, column.Formula})
		}
	}
	if table != "" {
		s := w.state
		s.embed, s.block, s.fair, s.all, s.by = false, "", false, false, subjects[0].name
		for _, format := range formats {
			b.Downloads = append(b.Downloads, Link{Text: format.title, Address: w.h.address("/download/"+table+"."+format.name, s)})
		}
	}
	return b
}

// columns are those of a table, with their formulas; none of no table.
func (w *work) columns(table string) []figures.Column {
	for _, t := range w.h.Figures.Definitions() {
		if t.Name == table {
			return t.Columns
		}
	}
	return nil
}

func (w *work) formula(table, key string) string {
	for _, column := range w.columns(table) {
		if column.Key == key {
			return column.Formula
		}
	}
	return ""
}

// to is the address of the whole board with something else in its state.
func (w *work) to(change func(*state)) string {
	s := w.state
	change(&s)
	return w.h.page(s)
}

// nothing are the words for a block without a review.
func (w *work) nothing() string { return w.period.Title() + "没有评价" }

// rate is n over of in per cent, two decimals; 0 of nothing.
func rate(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return math.Round(10000*float64(n)/float64(of)) / 100
}

// digestLength is how many characters of a version tell one block.
const digestLength = 6

// versionOf tells every block of a state by its content, in the order of BlockNames: who knows a version can be told what
// changed since.
func versionOf(drawn map[string]string) string {
	var version strings.Builder
	for _, name := range BlockNames() {
		block, there := drawn[name]
		if !there {
			continue
		}
		sum := sha256.Sum256([]byte(block))
		version.WriteString(base64.RawURLEncoding.EncodeToString(sum[:])[:digestLength])
	}
	return version.String()
}

// changedSince are the names of the blocks that are not those of a version; all of them when it is none of these blocks'.
func changedSince(version string, now *drawn) (changed []string) {
	comparable := len(version) == len(now.version)
	at := 0
	for _, name := range BlockNames() {
		if _, there := now.blocks[name]; !there {
			continue
		}
		if !comparable || version[at:at+digestLength] != now.version[at:at+digestLength] {
			changed = append(changed, name)
		}
		at += digestLength
	}
	return changed
}
