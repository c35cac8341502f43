package board

import "html/template"

// Page is the whole board in one state: template board.
type Page struct {
	Title string // 广州市 近30天
	Test  bool   // test environment
	// Embed is the board in another site's frame: without what stands around it, and links open a window of their own.
	Embed bool
	// Here is the address of this state, Live that of its stream of changes; Version is what changes when any block does.
	Here, Live, Version string
	Board               string // address of the whole board with the same filters
	Past                bool   // the period was over before today
	Updated             string // when the figures were read: 2026年11月24日 14:05:09
	UpdatedAt           string // the same for <time datetime>
	// Blocks are drawn already, by name (see BlockNames): {{.Blocks.figures}}.
	Blocks map[string]template.HTML
}

// Single is one block alone, for another site's frame: template board-embed.
type Single struct {
	Page
	Name  string // the block's
	Of    string // of what and when it is: 广州市 · 2026年10月 · 粤省事; empty where it says so itself
	Block template.HTML
}

// Fault is the page of an address that says nothing: template board-fault.
type Fault struct {
	Title, Text string
	Test        bool
	Wrongs      []Wrong   // what is wrong and what would be right
	Days        *DaysForm // to choose days again; nil when they are not what is wrong
	// Home is the address of the board with what was right, Way what the link there says.
	Home, Way string
}

// Wrong is one fault of an address.
type Wrong struct{ Field, Reason string }

// Block is what every part has around its content. Template board-{Name} draws <section id="{Name}">…</section>, and the
// stream of changes sends the same again: nothing in it may depend on anything but its own data.
type Block struct {
	Name, Title string
	// Out says that links open a window of their own: target="_blank" rel="noopener".
	Out  bool
	Note string // what is to be known of all of it; may be empty
	// Empty are the words that stand in place of the content when there is none; then the content is empty, too.
	Empty       string
	Definitions []Definition // behind ⓘ
	Downloads   []Link       // CSV, XLSX, JSON; none where there is nothing to download
	// Frame is the address for a frame of another site, and FrameTitle its name there; empty in such a frame and where it can't be had.
	Frame, FrameTitle string
}

// Definition is how a figure is made.
type Definition struct{ Title, Formula string }

// Link leads somewhere; Here says that it is what is shown now.
type Link struct {
	Text, Address string
	Here          bool
}

// Head is the block head: where one is, and what is shown. Its links keep all other filters.
type Head struct {
	Block
	Crumbs   []Link // from 全部 or the province down to where one is
	Region   string // name of where one is
	Below    []Link // the regions right below, for who can't use the tiles; may be empty
	Period   string // 近30天
	Span     string // 2026年10月26日至2026年11月24日; empty where Period says it
	Paper    string // what was filtered by, for who has it on paper
	Compared string // 较前30天
	Periods  []Link // today, 7 days, ...; none is Here when the period is one's own
	Own      bool
	// Chosen are the filters that are set, each with the address without it.
	Chosen   []Link
	Entities []Link // 全部 first
	Channels []Link // 全部 first
	Days     DaysForm
}

// DaysForm is for a span of days: GET Action with Hidden, from and to (yyyy-mm-dd, both included).
type DaysForm struct {
	Out              bool // opens a window of its own
	Action           string
	Hidden           []Field
	From, To         string // may be empty
	Earliest, Latest string // min and max of the days
}

// Field is a hidden input of a form.
type Field struct{ Name, Value string }

// Figures is the block figures: what is counted today and this month, and five figures of the period.
type Figures struct {
	Block
	Today, Month int64
	Five         []Figure
}

// Kinds of figures.
const (
	KindCount   = "count"   // 1,234 or 12.3万
	KindScore   = "score"   // of ten, two decimals
	KindPercent = "percent" // two decimals
)

// Figure is one of the five, with its change to the period before.
type Figure struct {
	Key, Title, Kind string
	Value            float64
	Known            bool   // false: nothing to make it of, show —
	Of               string // what it is made of: 1,234 件办结，567 件已评; may be empty
	Formula          string
	// Change to the period before: per cent of a count, points of a score, percentage points of a rate.
	Change     float64
	HasChange  bool
	ChangeUnit string // %, 分, 个百分点
	Way        string // up, down, same
	Good       string // good, bad or plain: what the change means
	Before     string // 较前30天
	// Spark are the points of a polyline in a box of 100 x 24, and SparkText what they say for who can't see; may be empty.
	Spark, SparkText string
}

// Tiles is the block tiles: the regions one level below, coloured by score.
type Tiles struct {
	Block
	Tiles  []Tile
	Legend []Step
}

// Tile is one region. Step 1 (worst) to 5 is the colour of its score, 0 that too few reviews were counted.
type Tile struct {
	Code, Name, Short string // 440100000000, 广州市, 广州
	Address           string // drill down
	Score             float64
	Known             bool // false: no review
	Step              int
	Count             int64
}

// Step is a colour and what it stands for.
type Step struct {
	Step int
	Text string
}

// Ranking is the block ranking.
type Ranking struct {
	Block
	Kinds []Link // 各市, 本级部门, 全部部门, 大厅
	Rules []Link // 官方排名, 公平排名
	Fair  bool   // which of the two orders Rows
	What  string // head of the column of names
	Rows  []Row
	// TooFew are those with fewer reviews than Minimum: listed apart, without a rank.
	TooFew  []Row
	Minimum int64
	// More leads to all rows when Rows or TooFew are cut; Left is how many are not shown.
	More *Link
	Left int64
}

// Row is a line of the ranking.
type Row struct {
	Code, Name     string
	Address        string // drill down; may be empty
	Rank, FairRank int
	// Moved is by how many ranks it rose (official) since the period before; Move is up, down, same, new (it had none), none
	// (nobody had one) or empty.
	Moved    int
	Move     string
	Score    float64
	Bar      int     // 0 to 100, of what it is ranked by
	GoodRate float64 // per cent
	Fair     float64 // lower bound of the good rate, per cent
	Count    int64
	Bad      int64
}

// Shares is the blocks stars, channels and entities: how a whole is shared out.
type Shares struct {
	Block
	Total int64
	Rows  []Share
}

// Share is one part.
type Share struct {
	Key, Name string
	Stars     int    // in the block stars, else 0
	Address   string // filters by it; may be empty
	Count     int64
	Percent   float64 // two decimals
	Score     float64 // not in the block stars
	GoodRate  float64
}

// Tags is the blocks praised and complained.
type Tags struct {
	Block
	Praised bool
	Rows    []Share
}

// Trend is the block trend: by day or month, with the period before beside it.
type Trend struct {
	Block
	Unit         string // 日 or 月
	Now, Earlier string // names of the two lines: 近30天, 前30天
	Points       []Point
}

// Point is one day, month or hour, and the one of the period before that stands at the same place.
type Point struct {
	Label, Earlier string // 11月24日; Earlier is empty where there is none
	Count          int64
	Score          float64 // 0 when nothing was counted
	GoodRate       float64
	EarlierCount   int64
	EarlierScore   float64
}

// Hours is the block hours: today by hour, up to the one that runs.
type Hours struct {
	Block
	Points []Point // without an earlier one
}

// Newest is the block newest: the newest reviews, names masked, with remarks as they may be published.
type Newest struct {
	Block
	Rows []Recent
}

// Recent is one review.
type Recent struct {
	Name, Entity, Item string // 张*, 政务网已办事项, 身份证补领 (may be empty)
	Stars              int
	Word               string // 非常满意
	Tags               []string
	Remark             string // as it may be published
	At, AtTime         string // 11月24日 14:05, of another year 2025年11月24日 14:05, and for <time datetime>
}

// BlockNames are the blocks of the board in the order in which they stand on it, each with a template board-{name}.
func BlockNames() []string {
	return []string{
		"head", "figures", "tiles", "ranking", "stars", "channels", "entities", "praised", "complained", "trend", "hours", "newest",
	}
}
