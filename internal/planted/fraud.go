package planted

import (
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/integrity"
)

// Size says how much fraud of a kind is planted on a window-day: from few to many, for Usual see plant.
type Size struct{ Least, Most int }

// Sizes are those of each kind, in reviews. A burst has, beside, at least one and a half times the window's ordinary day: what
// is less lies within what honest days differ by, and moves the figures as little.
var Sizes = map[integrity.Kind]Size{
	integrity.Burst: {15, 80}, integrity.Device: {5, 30}, integrity.Address: {8, 40}, integrity.Officer: {1, 5}, integrity.Closed: {5, 30}, integrity.Words: {6, 30},
}

// plant makes up the reviews of somebody who wants a window to look better.
func (p *province) plant(kind integrity.Kind, h *hall, w *window, day int, worked bool) (all []integrity.Sighting) {
	size := Sizes[kind]
	n := size.Least + p.random.IntN(size.Most-size.Least+1)
	if p.chance(0.3) {
		n = size.Least + p.random.IntN(max(1, (size.Most-size.Least)/4)) // the small ones are what is hard
	}
	add := func(v visitor, at time.Time) {
		s := p.sighting(w, v, at, 5)
		all = append(all, s)
	}
	switch kind {
	case integrity.Burst:
		n = max(n, int(1.5*w.daily))
		if p.chance(0.5) { // all at once
			from, length := p.moment(day, h.lunch), p.between(10, 60)*float64(time.Minute)
			for range n {
				add(p.visitor(h, w), from.Add(time.Duration(p.random.Float64()*length)))
			}
			return all
		}
		for range n { // over the day
			add(p.visitor(h, w), p.moment(day, h.lunch))
		}
	case integrity.Device:
		p.names++
		phone := mark("phone %d", p.names)
		address := p.addressOf(h, w)
		for range n {
			v := p.visitor(h, w)
			v.device, v.address = phone, address
			add(v, p.moment(day, h.lunch))
		}
	case integrity.Address:
		p.names++
		office := mark("office %d", p.names)
		for range n {
			v := p.visitor(h, w)
			v.address = office
			add(v, p.moment(day, h.lunch))
		}
	case integrity.Officer:
		for range n {
			v := p.visitor(h, w)
			v.certificate = officerMark(w)
			if p.chance(0.3) { // by the telephone
				v.certificate = integrity.Mark{}
				at := p.moment(day, h.lunch)
				s := p.sighting(w, v, at, 5)
				s.Phone = officerPhone(w)
				all = append(all, s)
				continue
			}
			add(v, p.moment(day, h.lunch))
		}
	case integrity.Closed:
		night := beijing.DayStart(day).Add(time.Duration(p.between(0, 5) * float64(time.Hour)))
		if p.chance(0.5) {
			night = beijing.DayStart(day).Add(time.Duration(p.between(20.2, 22) * float64(time.Hour)))
		}
		if !worked {
			night = beijing.DayStart(day).Add(time.Duration(p.between(9, 15) * float64(time.Hour)))
		}
		for range n {
			add(p.visitor(h, w), night.Add(time.Duration(p.between(0, 100))*time.Minute))
		}
	case integrity.Words:
		text := p.slogan()
		for range n {
			s := p.sighting(w, p.visitor(h, w), p.moment(day, h.lunch), 5)
			s.Words = integrity.Plain(p.varied(text))
			all = append(all, s)
		}
	}
	return all
}

func officerMark(w *window) integrity.Mark { return mark("officer %s %s", w.place.Hall, w.workNo) }
func officerPhone(w *window) integrity.Mark {
	return mark("officer's phone %s %s", w.place.Hall, w.workNo)
}

// slogan is what one person thinks of and has many say.
func (p *province) slogan() string {
	pick := func(of []string) string { return of[p.random.IntN(len(of))] }
	return pick([]string{"想群众之所想", "急群众之所急", "服务窗口的标兵", "业务能力特别强", "真心实意为百姓"}) + "，" +
		pick([]string{"这样的工作人员应该多多表扬", "是我见过最好的办事窗口", "必须给五颗星支持一下", "把小事当成大事来办", "让我们企业非常感动"})
}

// varied is a text as somebody sends it again who does not want it to be seen.
func (p *province) varied(text string) string {
	switch p.random.IntN(5) {
	case 0:
		return text
	case 1:
		return text + strings.Repeat("！", 1+p.random.IntN(4))
	case 2:
		return strings.ReplaceAll(text, "，", "。") + "👍"
	case 3:
		return "真的，" + text
	}
	return text + "啊"
}
