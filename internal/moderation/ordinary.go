package moderation

import "slices"

// group is digits that stand next to one another.
type group struct {
	value   []byte
	between []char // what stands between it and the next one; nil for the last
}

func (c *chain) groups(from, to int) []group {
	var groups []group
	for i := from; i < to; {
		end := i + 1
		for end < to && !c.starts[end] {
			end++
		}
		g := group{value: c.value[i:end]}
		if end < to {
			g.between = c.text.chars[c.at[end-1]+1 : c.at[end]]
		}
		groups = append(groups, g)
		i = end
	}
	return groups
}

// by says that exactly this character stands before the next group.
func (g *group) by(r rune) bool { return len(g.between) == 1 && g.between[0].r == r }

// ordinary says that digits in several groups are no number of a person, but a time, a day, an amount, an address of a computer
// or a list of ascending numbers.
func (c *chain) ordinary(from, to int) bool {
	groups := c.groups(from, to)
	if len(groups) == 1 {
		return false
	}
	for i := range groups {
		if isClock(groups[i:]) {
			return true
		}
	}
	return areDates(groups) || isDecimal(groups) || isAmount(groups) || isAddress(groups) || isAscending(groups)
}

// isClock: 9:30, 14:05:09.
func isClock(g []group) bool {
	return len(g) >= 2 && g[0].by(':') && len(g[0].value) <= 2 && len(g[1].value) == 2 && number(g[0].value) < 24 && number(g[1].value) < 60
}

// areDates: 2026-11-28, 2026.1.2-2026.3.4. Digits before or after make another number of it: 1990 01 01 123 is a telephone.
func areDates(g []group) bool {
	for len(g) > 0 && isDate(g) {
		g = g[3:]
	}
	return len(g) == 0
}

func isDate(g []group) bool {
	return len(g) >= 3 && len(g[0].value) == 4 && isYear(number(g[0].value)) && len(g[1].value) <= 2 && len(g[2].value) <= 2 &&
		isMonthDay(number(g[1].value), number(g[2].value)) && len(g[0].between) == 1 && len(g[1].between) == 1 &&
		g[0].between[0].r == g[1].between[0].r
}

// isDecimal: 0.20123456789.
func isDecimal(g []group) bool {
	return len(g) == 2 && g[0].by('.') && len(g[0].value) == 1
}

// isAmount: 15,300,000,000.
func isAmount(g []group) bool {
	for i := range g {
		if i > 0 && len(g[i].value) != 3 || len(g[i].value) > 3 || i < len(g)-1 && !g[i].by(',') {
			return false
		}
	}
	return true
}

// isAddress: 192.168.100.10.
func isAddress(g []group) bool {
	for i := range g {
		if number(g[i].value) > 255 || i < len(g)-1 && !g[i].by('.') {
			return false
		}
	}
	return len(g) == 4
}

// isAscending: 1、3、5、7、9、11、13、15. Between spaces or dashes they may be a telephone: 13 14 15 16 170.
func isAscending(g []group) bool {
	for i := range g {
		if g[i].value[0] == '0' || i > 0 && number(g[i].value) <= number(g[i-1].value) {
			return false
		}
		if b := g[i].between; i < len(g)-1 && !slices.ContainsFunc(b, func(c char) bool { return c.class == divider }) {
			return false
		}
	}
	return len(g) >= 5
}
