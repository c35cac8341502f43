package figures

import "fmt"

// figure is a column that is made of counts.
type figure struct {
	Column
	of func(c Counts) any
}

// counted are the figures of everything that is counted (domain.md 4).
func (s *Service) counted() []figure {
	good := "5星与4星的评价数之和"
	if s.Formulas().ThreeIsGood {
		good = "5星、4星与3星的评价数之和"
	}
	rate := func(of func(c Counts) float64) func(c Counts) any {
		return func(c Counts) any {
			if c.Total() == 0 {
				return nil
			}
			return of(c)
		}
	}
	return []figure{
		{Column{"count", "评价数", "1至5星的有效评价数之和，按评价时间计入北京时间的当日；撤销的和认定为误评、恶意的不计", "条"}, func(c Counts) any { return c.Total() }},
		{Column{"good", "好评数", good, "条"}, func(c Counts) any { return s.Good(c) }},
		{Column{"goodRate", "好评率", "好评数 ÷ 评价数 × 100", "%"}, rate(s.GoodRate)},
		{Column{"bad", "差评数", "1星与2星的评价数之和", "条"}, func(c Counts) any { return s.Bad(c) }},
		{Column{"badRate", "差评率", "差评数 ÷ 评价数 × 100", "%"}, rate(s.BadRate)},
		{Column{"score", "平均分", "2 × 星级之和 ÷ 评价数，满分10分", "分"}, rate(s.Score)},
		{Column{"satisfaction", "满意度", "20 × 星级之和 ÷ 评价数", "%"}, rate(s.Satisfaction)},
	}
}

// columns are those of figures behind others.
func columns(before []Column, figures []figure, after ...Column) []Column {
	all := before
	for _, f := range figures {
		all = append(all, f.Column)
	}
	return append(all, after...)
}

// cells are those of figures behind others.
func cells(before []any, figures []figure, c Counts, after ...any) []any {
	all := before
	for _, f := range figures {
		all = append(all, f.of(c))
	}
	return append(all, after...)
}

// share is the column of a part's share in the whole.
func share(of string) Column { return Column{"share", "占比", "本行 ÷ " + of + " × 100", "%"} }

// rateOf is a share or rate in per cent, nil of nothing.
func rateOf(n, of int64) any {
	if of == 0 {
		return nil
	}
	return percent(n, of)
}

// placed says why those of a kind do not add up to the region in which they stand.
var placed = map[string]string{
	"部门": "按部门自己所在的地区列出，评价则计入报送的地区，所以各部门之和不等于地区的评价数",
	"大厅": "按大厅所在的地区列出，不在大厅的评价不计入，所以各大厅之和不等于地区的评价数",
}

func (s *Service) rankingColumns(of string) []Column {
	apart := fmt.Sprintf("评价数不足%d条的为样本不足，不排名，列在最后", s.Least())
	return columns([]Column{
		{"rank", "名次", "依次按平均分、好评率、评价数从高到低，都以显示的两位小数为准，全部相同则名次相同；" + apart, ""},
		{"fairRank", "公平名次", "按好评率下限从高到低，以显示的两位小数为准，相同则名次相同；" + apart, ""},
		{"code", of + "编码", "", ""},
		{"name", of, placed[of], ""},
	}, s.counted(),
		Column{"fair", "好评率下限", "好评率95%置信区间（威尔逊区间）的下限：评价越少，离好评率越远", "%"},
		Column{"before", "上期名次", "对比时段内按同样规则的名次；空为当时样本不足或没有评价", ""})
}

func (s *Service) shareColumns(of string) []Column {
	return columns([]Column{{"code", of + "编码", "", ""}, {"name", of, "", ""}}, s.counted(), share("各行评价数之和"))
}

func (s *Service) starColumns() []Column {
	return []Column{
		{"star", "星级", "5为非常满意，4为满意，3为基本满意，2为不满意，1为非常不满意", "星"},
		{"name", "评价", "", ""},
		s.counted()[0].Column, share("各行评价数之和"),
	}
}

func (s *Service) tagColumns(praised bool) []Column {
	stars := "1星与2星"
	switch {
	case praised && s.Formulas().ThreeIsGood:
		stars = "3至5星"
	case praised:
		stars = "4星与5星"
	}
	return []Column{
		{"code", "标签编码", "", ""},
		{"name", "标签", "", ""},
		{"chosen", "选择次数", fmt.Sprintf("%s的评价中选了该标签的条数；不足%d条评价的不显示标签", stars, fewest), "次"},
		share("各行选择次数之和"),
	}
}

func (s *Service) trendColumns() []Column {
	before := "对比时段中同一位置的"
	return columns([]Column{
		{"period", "日期", "不超过92天的按日，更长的按月；首尾不是整月的写明起止日期", ""}, {"firstDay", "首日", "", ""}, {"lastDay", "末日", "", ""},
	}, s.counted(),
		Column{"beforePeriod", "对比日期", "对比时段中同一位置的日或月", ""}, Column{"beforeFirstDay", "对比首日", "", ""}, Column{"beforeLastDay", "对比末日", "", ""},
		Column{"beforeCount", "对比评价数", before + "评价数", "条"},
		Column{"beforeScore", "对比平均分", before + "平均分", "分"})
}

func (s *Service) hourColumns() []Column {
	return columns([]Column{{"hour", "小时", "北京时间今天的0至23时", "时"}}, s.counted())
}

// responseFigures are the columns of completed affairs, without a name.
func responseFigures() []Column {
	return []Column{
		{"completed", "办结件数", "办结日期在这段时间内的办件数", "件"},
		{"reviewed", "已评件数", "其中至少有一条有效评价的办件数", "件"},
		{"responseRate", "主动评价率", "已评件数 ÷ 办结件数 × 100", "%"},
		{"items", "办件事项数", "这段时间所涉月份内有办结件的事项数", "项"},
		{"reviewedItems", "已评事项数", "其中至少一个办件有评价的事项数", "项"},
		{"coverage", "覆盖率", "已评事项数 ÷ 办件事项数 × 100", "%"},
	}
}

func (s *Service) responseColumns() []Column {
	return append([]Column{{"code", "地区编码", "", ""}, {"name", "地区", "", ""}}, responseFigures()...)
}

func (s *Service) summaryColumns() []Column {
	all := columns([]Column{{"period", "时段", "", ""}, {"days", "起止日期", "", ""}}, s.counted(), responseFigures()...)
	return append(all, caseFigures()...)
}

// caseFigures are the columns of cases, without a name.
func caseFigures() []Column {
	return []Column{
		{"cases", "差评工单数", "这段时间内有效差评的工单数，即应整改数", "件"},
		{"rectified", "已整改数", "其中已整改的", "件"},
		{"rectifiedRate", "差评整改率", "已整改数 ÷ 差评工单数 × 100；尚未到期的也算在内，所以最近的会随办理上升", "%"},
		{"inTime", "按期整改数", "其中在期限内整改的", "件"},
		{"inTimeRate", "按期整改率", "按期整改数 ÷ 差评工单数 × 100；尚未到期的也算在内，所以最近的会随办理上升", "%"},
		{"calledBack", "已回访数", "其中已回访的", "件"},
		{"calledBackRate", "回访率", "已回访数 ÷ 差评工单数 × 100", "%"},
		{"satisfied", "回访满意数", "已回访的当中表示满意的", "件"},
		{"satisfiedRate", "回访满意率", "回访满意数 ÷ 已回访数 × 100", "%"},
	}
}
