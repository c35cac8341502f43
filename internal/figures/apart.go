package figures

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/haochaping/haochaping/internal/org"
)

// below asks for the regions right below the scope's, and for its own row with them, so that all is of one moment.
func (s *Service) below(scope Scope, of func(org.Level) Dimension) (dimensions []Dimension, from, to string) {
	from, to = org.Range(scope.Region)
	return []Dimension{of(s.childLevel(scope.Region)), of(org.LevelOf(scope.Region))}, from, to
}

// apart takes a region's own row out of those of the regions below it, and says how much more it has than they have together: what
// belongs to the region itself.
func apart(rows []Row, region string, n func(Counts) int64) (below []Row, more int64) {
	from, _ := org.Range(region)
	own := cmp.Or(from, org.AllRegions)
	for _, row := range rows {
		if row.Code == own {
			more += n(row.Counts)
			continue
		}
		more -= n(row.Counts)
		below = append(below, row)
	}
	return below, more
}

// first is how many cases were opened, or affairs completed.
func first(c Counts) int64 { return c[0] }

// selves are what belongs to a region of a level itself, and to none below it.
var selves = map[org.Level]string{
	org.LevelAll: "全部地区", org.LevelProvince: "省本级", org.LevelCity: "市本级", org.LevelCounty: "县区本级", org.LevelTown: "镇街本级", org.LevelVillage: "村居",
}

// apartNote says what is in none of so many rows; empty where that is nothing. Who adds the rows up must not wonder.
func apartNote(region string, rows int, more int64, what string) string {
	self := selves[org.LevelOf(region)]
	switch {
	case more <= 0:
		return ""
	case rows == 0:
		return fmt.Sprintf("%s%s都只计入%s。", grouped(more), what, self)
	}
	return fmt.Sprintf("另有%s%s只计入%s，不在以上各行之内。", grouped(more), what, self)
}

// grouped is a count in groups of three digits.
func grouped(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
