package venue

import (
	"cmp"
	"slices"
	"sync/atomic"
)

// Directory knows all halls, windows and officers, in memory, for many readers.
type Directory struct{ current atomic.Pointer[snapshot] }

type snapshot struct {
	list     []Hall
	halls    map[string]Hall
	windows  map[string]Window
	of       map[string][]Window
	officers map[badge]Officer
	staff    map[string][]Officer // by hall
}

// badge is who an officer is.
type badge struct{ hall, workNo string }

// NewDirectory makes an empty directory.
func NewDirectory() *Directory {
	d := &Directory{}
	d.Replace(nil, nil, nil)
	return d
}

// Replace forgets what was known and knows these.
func (d *Directory) Replace(halls []Hall, windows []Window, officers []Officer) {
	d.replace(halls, windows, officers, nil)
}

// replace also finds halls by codes of halls that became part of them.
func (d *Directory) replace(halls []Hall, windows []Window, officers []Officer, former map[string]string) {
	next := &snapshot{
		list: slices.Clone(halls), halls: make(map[string]Hall, len(halls)), windows: make(map[string]Window, len(windows)),
		of: make(map[string][]Window, len(halls)), officers: make(map[badge]Officer, len(officers)), staff: make(map[string][]Officer, len(halls)),
	}
	for _, h := range halls {
		next.halls[h.Code] = h
	}
	for code, is := range former {
		if h, known := next.halls[is]; known {
			next.halls[code] = h
		}
	}
	for _, w := range windows {
		next.windows[w.Code] = w
		next.of[w.HallCode] = append(next.of[w.HallCode], w)
	}
	for _, o := range officers {
		next.officers[badge{o.HallCode, o.WorkNo}] = o
		next.staff[o.HallCode] = append(next.staff[o.HallCode], o)
	}
	slices.SortFunc(next.list, func(a, b Hall) int { return cmp.Compare(a.Code, b.Code) })
	for _, windows := range next.of {
		slices.SortFunc(windows, func(a, b Window) int {
			return cmp.Or(compareNumbers(a.Number, b.Number), cmp.Compare(a.Code, b.Code))
		})
	}
	for _, officers := range next.staff {
		slices.SortFunc(officers, func(a, b Officer) int { return cmp.Compare(a.WorkNo, b.WorkNo) })
	}
	d.current.Store(next)
}

// Hall finds a hall.
func (d *Directory) Hall(code string) (Hall, bool) {
	h, ok := d.current.Load().halls[code]
	return h, ok
}

// Window finds a window.
func (d *Directory) Window(code string) (Window, bool) {
	w, ok := d.current.Load().windows[code]
	return w, ok
}

// Officer finds an officer of a hall.
func (d *Directory) Officer(hallCode, workNo string) (Officer, bool) {
	current := d.current.Load()
	o, ok := current.officers[badge{current.now(hallCode), workNo}]
	return o, ok
}

// OfficersOf are the officers of a hall by their work numbers. They must not be changed.
func (d *Directory) OfficersOf(hallCode string) []Officer {
	current := d.current.Load()
	return current.staff[current.now(hallCode)]
}

// WindowsOf are the windows of a hall in the order of their numbers, 2 before 10. They must not be changed.
func (d *Directory) WindowsOf(hallCode string) []Window {
	current := d.current.Load()
	return current.of[current.now(hallCode)]
}

// now is the code of the hall that a code stands for.
func (s *snapshot) now(code string) string { return cmp.Or(s.halls[code].Code, code) }

// Halls are all halls by code. They must not be changed.
func (d *Directory) Halls() []Hall { return d.current.Load().list }

// compareNumbers compares what people number by: digits as numbers, the rest as text.
func compareNumbers(a, b string) int {
	for a != "" && b != "" {
		x, restA := chunk(a)
		y, restB := chunk(b)
		if x != y {
			if digit(x[0]) && digit(y[0]) {
				return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
			}
			return cmp.Compare(x, y)
		}
		a, b = restA, restB
	}
	return cmp.Compare(a, b)
}

// chunk cuts the digits, without their leading zeros, or the other characters off the head of a text that is not empty.
func chunk(text string) (head, rest string) {
	n := 1
	for n < len(text) && digit(text[n]) == digit(text[0]) {
		n++
	}
	head, rest = text[:n], text[n:]
	for len(head) > 1 && head[0] == '0' {
		head = head[1:]
	}
	return head, rest
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
