package board

import (
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
)

func (w *work) stars() (any, error) {
	s := Shares{Block: w.around("stars", "stars")}
	counts, err := w.total()
	if err != nil {
		return nil, err
	}
	s.Total = counts.Total()
	for stars := 5; stars >= 1; stars-- {
		n := counts[stars-1]
		s.Rows = append(s.Rows, Share{
			Key: string(rune('0' + stars)), Name: catalog.StarName(stars), Stars: stars, Count: n, Percent: rate(n, s.Total),
		})
	}
	if s.Total == 0 {
		s.Rows, s.Empty = nil, w.nothing()
	}
	return s, nil
}

func (w *work) channels() (any, error) {
	standings, err := w.channel()
	if err != nil {
		return nil, err
	}
	return w.shares(w.around("channels", "channels"), standings,
		func(st figures.Standing) string { return catalog.ChannelName(st.Code) },
		func(s *state, code string) { s.channel = code }), nil
}

func (w *work) entities() (any, error) {
	standings, err := w.evaluation()
	if err != nil {
		return nil, err
	}
	return w.shares(w.around("entities", "entities"), standings,
		func(st figures.Standing) string { return w.name(ofEntity, st.Code) },
		func(s *state, code string) { s.entity = code }), nil
}

func (w *work) shares(b Block, standings []figures.Standing, name func(figures.Standing) string, set func(*state, string)) Shares {
	s := Shares{Block: b}
	for _, st := range standings {
		s.Total += st.Counts.Total()
	}
	for _, st := range standings {
		n := st.Counts.Total()
		s.Rows = append(s.Rows, Share{
			Key: st.Code, Name: name(st), Address: w.to(func(to *state) { set(to, st.Code) }), Count: n, Percent: rate(n, s.Total),
			Score: w.h.Figures.Score(st.Counts), GoodRate: w.h.Figures.GoodRate(st.Counts),
		})
	}
	if s.Total == 0 {
		s.Rows, s.Empty = nil, w.nothing()
	}
	return s
}

// tagsShown is how many tags a block has.
const tagsShown = 10

// tagged is what is praised or complained of; nothing when a person could be recognised.
func (w *work) tagged(praised bool) (any, error) {
	name := "complained"
	if praised {
		name = "praised"
	}
	t := Tags{Block: w.around(name, name), Praised: praised}
	all, err := w.total()
	if err != nil {
		return nil, err
	}
	public, err := w.tags()
	if err != nil {
		return nil, err
	}
	switch {
	case all.Total() == 0:
		t.Empty = w.nothing()
		return t, nil
	case public.hidden:
		t.Empty = "评价太少，为保护评价人不显示"
		return t, nil
	}
	tags := public.Of(praised)
	var total int64
	for _, tag := range tags {
		total += tag.Count
	}
	for _, tag := range tags[:min(len(tags), tagsShown)] {
		t.Rows = append(t.Rows, Share{Key: tag.ID, Name: w.name(ofTag, tag.ID), Count: tag.Count, Percent: rate(tag.Count, total)})
	}
	if len(t.Rows) == 0 {
		t.Empty = w.period.Title() + "没有人选择这类标签"
	}
	return t, nil
}
