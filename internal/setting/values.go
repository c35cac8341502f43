// Package setting knows what an administrator may change while the platform runs: what each setting is called, what it may be,
// what a change will do, and every version there was. What nobody has set is as the operator started the program.
package setting

import (
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/moderation"
)

// Values are settings as the program uses them.
type Values struct {
	Formulas   figures.Formulas
	Moderation moderation.Mode
	// Pause is the least time between two mails to a recipient where a subscription says nothing else.
	Pause time.Duration
	// Idle ends a session of staff that nobody uses, Absolute every one.
	Idle, Absolute time.Duration
	// Integrity says from when on reviews are a finding.
	Integrity integrity.Thresholds
	// Retention is how many months personal data is kept; 0 for ever.
	Retention int
}

// Name is what a setting is called in the database and in forms.
type Name string

// The settings, in the order in which they are shown.
const (
	Three    Name = "three"            // 三星
	Minimum  Name = "minimum"          // 参加排名的最少评价数
	Remarks  Name = "moderation"       // 评价内容的公开
	Pause    Name = "notice-pause"     // 邮件间隔
	Idle     Name = "console-idle"     // 无操作退出
	Absolute Name = "console-absolute" // 一次登录最长

	Burst      Name = "integrity-burst"   // 异常线索：集中五星
	Run        Name = "integrity-run"     // 异常线索：十分钟内五星
	Device     Name = "integrity-device"  // 异常线索：一台设备
	Neighbours Name = "integrity-address" // 异常线索：一个网络地址
	Night      Name = "integrity-night"   // 异常线索：非办公时间
	Repeats    Name = "integrity-words"   // 异常线索：评语雷同
	Opens      Name = "integrity-opens"   // 异常线索：最早办公
	Closes     Name = "integrity-closes"  // 异常线索：最晚办公
	Retain     Name = "retention"         // 个人信息保存
)

// Values of Three.
const (
	ThreeIsGood = "good"
	ThreeIsNot  = "not"
)

// Kind is a setting: its words and what it may be. A number has a unit and bounds, anything else choices.
type Kind struct {
	Name        Name
	Title, Hint string
	Choices     []Choice
	Unit        string
	Least, Most int64
	// Never is what 0 means, where it may be 0 beside its bounds.
	Never string

	get func(*Values) string
	set func(*Values, string) // only of what may be
}

// Choice is one of what a setting may be.
type Choice struct{ Value, Text string }

// Kinds are all settings, in the order in which they are shown.
func Kinds() []Kind { return kinds }

var kinds = []Kind{
	{
		Name: Three, Title: "三星（基本满意）", Hint: "是否计入好评数、好评率和公平名次",
		Choices: []Choice{{ThreeIsGood, "计入好评"}, {ThreeIsNot, "不计入好评"}},
		get: func(v *Values) string {
			if v.Formulas.ThreeIsGood {
				return ThreeIsGood
			}
			return ThreeIsNot
		},
		set: func(v *Values, text string) { v.Formulas.ThreeIsGood = text == ThreeIsGood },
	},
	{
		Name: Minimum, Title: "参加排名的最少评价数", Hint: "评价数不足的不参加排名，另列为样本不足", Unit: "条", Least: 1, Most: 1_000_000,
		get: func(v *Values) string { return strconv.FormatInt(v.Formulas.Least(), 10) },
		set: func(v *Values, text string) { v.Formulas.Minimum = number(text) },
	},
	{
		Name: Remarks, Title: "评价内容的公开", Hint: "评价人写的文字怎样公开；星级和标签总是公开",
		Choices: []Choice{
			{string(moderation.Before), "遮盖个人信息后公开，含词表中的词的先审核"},
			{string(moderation.Strict), "逐条审核后公开"},
			{string(moderation.OffPublication), "一律不公开"},
		},
		get: func(v *Values) string { return string(v.Moderation) },
		set: func(v *Values, text string) { v.Moderation = moderation.Mode(text) },
	},
	{
		Name: Pause, Title: "两封通知邮件的间隔", Hint: "同一收件人至少相隔多久，期间的消息汇总成一封；通知可另设", Unit: "分钟", Least: 1, Most: 24 * 60,
		get: func(v *Values) string { return in(time.Minute, v.Pause) },
		set: func(v *Values, text string) { v.Pause = time.Duration(number(text)) * time.Minute },
	},
	{
		Name: Idle, Title: "管理后台无操作退出", Hint: "多久没有操作就退出登录", Unit: "分钟", Least: 5, Most: 2 * 60,
		get: func(v *Values) string { return in(time.Minute, v.Idle) },
		set: func(v *Values, text string) { v.Idle = time.Duration(number(text)) * time.Minute },
	},
	{
		Name: Absolute, Title: "管理后台一次登录最长", Hint: "到时间须重新登录", Unit: "小时", Least: 1, Most: 24,
		get: func(v *Values) string { return in(time.Hour, v.Absolute) },
		set: func(v *Values, text string) { v.Absolute = time.Duration(number(text)) * time.Hour },
	},
	{
		Name: Retain, Title: "个人信息保存多久", Hint: "评价、办件收到多久后删除其中的个人信息和文字；星级、标签和统计数保留", Unit: "个月", Least: 6, Most: 240, Never: "一直保存",
		get: func(v *Values) string { return strconv.Itoa(v.Retention) },
		set: func(v *Values, text string) { v.Retention = int(number(text)) },
	},
	threshold(Burst, "异常线索：集中五星", "同一窗口一天的五星比推算的至少多出多少条才列为线索", "条", 5, 1000, func(t *integrity.Thresholds) *int { return &t.Burst }),
	threshold(Run, "异常线索：短时间五星", "同一窗口10分钟内至少多少条五星才列为线索", "条", 5, 1000, func(t *integrity.Thresholds) *int { return &t.Run }),
	threshold(Device, "异常线索：一台设备", "同一窗口一天内一台设备上至少多少人评价才列为线索", "人", 3, 1000, func(t *integrity.Thresholds) *int { return &t.People }),
	threshold(Neighbours, "异常线索：一个网络地址", "同一窗口一天内一个网络地址上至少多少人评价才列为线索", "人", 3, 1000, func(t *integrity.Thresholds) *int { return &t.Neighbours }),
	threshold(Night, "异常线索：非办公时间", "同一窗口一天内至少多少条非办公时间的现场评价才列为线索", "条", 2, 1000, func(t *integrity.Thresholds) *int { return &t.Night }),
	threshold(Repeats, "异常线索：评语雷同", "同一窗口一天内至少多少人的评语雷同才列为线索", "人", 3, 1000, func(t *integrity.Thresholds) *int { return &t.Repeats }),
	threshold(Opens, "异常线索：最早办公", "这个钟点以前没有大厅办公", "时", 1, 12, func(t *integrity.Thresholds) *int { return &t.Opens }),
	threshold(Closes, "异常线索：最晚办公", "这个钟点以后没有大厅办公", "时", 13, 24, func(t *integrity.Thresholds) *int { return &t.Closes }),
}

// threshold is a setting of one of the thresholds of integrity.
func threshold(name Name, title, hint, unit string, least, most int64, of func(*integrity.Thresholds) *int) Kind {
	return Kind{
		Name: name, Title: title, Hint: hint, Unit: unit, Least: least, Most: most,
		get: func(v *Values) string { return strconv.Itoa(*of(&v.Integrity)) },
		set: func(v *Values, text string) { *of(&v.Integrity) = int(number(text)) },
	}
}

// number reads what may be; takes has looked at it.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// in is a length of time in units, with a fraction where the operator's is none of whole ones.
func in(unit, d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// takes says whether a setting may be that.
func (k *Kind) takes(text string) bool {
	for _, choice := range k.Choices {
		if choice.Value == text {
			return true
		}
	}
	if k.Choices != nil {
		return false
	}
	if k.Never != "" && text == "0" {
		return true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && strconv.FormatInt(n, 10) == text && n >= k.Least && n <= k.Most
}

// Words are a value of a setting for people.
func (k *Kind) Words(value string) string {
	for _, choice := range k.Choices {
		if choice.Value == value {
			return choice.Text
		}
	}
	if k.Never != "" && value == "0" {
		return k.Never
	}
	if k.Unit == "" {
		return value
	}
	return value + k.Unit
}

// Of is the setting's value among others.
func (k *Kind) Of(v *Values) string { return k.get(v) }

// Set are those settings that somebody has set, and to what.
type Set map[Name]string

// over are values with what is set in place of the operator's. What this program does not know, or what may not be, is left out:
// another version of the program may have set it.
func (s Set) over(v Values) Values {
	for i := range kinds {
		if text, ok := s[kinds[i].Name]; ok && kinds[i].takes(text) {
			kinds[i].set(&v, text)
		}
	}
	return v
}
