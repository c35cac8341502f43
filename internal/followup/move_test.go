package followup

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/workday"
)

const (
	county = "440106000000"
	dept   = "11440106007482532N"
)

// monday is a Monday morning; 端午节 is on Friday of that week.
var monday = time.Date(2026, 6, 15, 10, 0, 0, 0, beijing.Zone)

func standardTerms() *terms { return &terms{now: monday, calendar: workday.China()} }

func staff(scope Scope) *Actor { return &Actor{Login: "li", Name: "李四", Scope: scope} }

var (
	ofDepartment = staff(Scope{Department: dept})
	ofCounty     = staff(Scope{Region: county})
	ofCity       = staff(Scope{Region: "440100000000"})
	ofProvince   = staff(Scope{})
)

func caseIn(state State) Case {
	return Case{Serial: "S", State: state, Version: 4, Region: county, Department: dept, WorkNo: "007", Opened: monday, Due: monday.AddDate(0, 0, 5), AppealLevel: UnitLevel}
}

// TestTransitionsOfTheDomain writes domain.md 3 down by another way: from which state each move of each party leads where, and that
// nothing else is possible.
func TestTransitionsOfTheDomain(t *testing.T) {
	want := map[State]map[Move]State{
		Pending:    {Rectify: Rectifying, Explain: Explained, AppealMove: Appealed, Contact: Pending, AssignMove: Pending, Supervise: Pending, Overdue: Pending},
		Rectifying: {FeedBack: Awaiting, Contact: Rectifying, AssignMove: Rectifying, Supervise: Rectifying, Overdue: Rectifying},
		Explained:  {FeedBack: Awaiting, Contact: Explained, AssignMove: Explained, Supervise: Explained, Overdue: Explained},
		Appealed:   {Accept: Dismissed, Refuse: Pending, Overdue: Appealed},
		Awaiting: {
			Contact: Awaiting, AssignMove: Awaiting, HeardGood: Closed, HeardBad: Rectifying, Satisfied: Closed, Complain: Rectifying,
			Silence: Closed,
		},
		Closed:    {Reopen: Rectifying},
		Dismissed: nil,
	}
	for _, state := range States {
		for i := range transitions {
			tr := &transitions[i]
			c := caseIn(state)
			to, possible := want[state][tr.move]
			err := tr.refusal(ofProvince, &c)
			if tr.move == AppealMove {
				err = tr.refusal(ofDepartment, &c)
			}
			if possible != (err == nil) {
				t.Errorf("%s of a case that is %s: got %v, want that it is possible: %v", tr.move, state, err, possible)
				continue
			}
			if !possible {
				if fault.KindOf(err) != fault.Conflict {
					t.Errorf("%s of a case that is %s: got %v, want a conflict", tr.move, state, err)
				}
				continue
			}
			step := Step{Move: tr.move, Words: "说明", to: &Actor{Login: "wang"}}
			got := tr.next(c, &step, ofCounty, standardTerms())
			if got.Case.State != to || got.Event.To != to || got.Event.From != state {
				t.Errorf("%s of a case that is %s: got %s, event %s to %s, want %s", tr.move, state, got.Case.State, got.Event.From, got.Event.To, to)
			}
			if got.Case.Version != 5 || got.Event.Version != 5 {
				t.Errorf("%s: got version %d, event %d, want 5", tr.move, got.Case.Version, got.Event.Version)
			}
		}
	}
	if len(transitions) != len(moveWords) {
		t.Errorf("%d transitions, %d moves have words", len(transitions), len(moveWords))
	}
}

func TestWhoMayMove(t *testing.T) {
	taken := caseIn(Pending)
	taken.Rounds = MaxReopen + 1
	appealedByCounty := caseIn(Appealed)
	appealedByCounty.AppealLevel = ofCounty.Scope.Level()
	again := caseIn(Pending)
	again.Appeals = 1
	supervised := caseIn(Pending)
	supervised.Supervised = true
	ofHall, appealedByHall := staff(Scope{Hall: "H1"}), caseIn(Appealed)
	appealedByHall.Hall, appealedByHall.AppealLevel = "H1", ofHall.Scope.Level()
	regional := caseIn(Pending)
	regional.Department = ""
	for _, tt := range []struct {
		name string
		by   *Actor
		of   Case
		move Move
		want fault.Kind // Internal is none
	}{
		{"the department verifies", ofDepartment, caseIn(Pending), Rectify, fault.Internal},
		{"who stands above may do what the unit may", ofCounty, caseIn(Pending), Rectify, fault.Internal},
		{"another department sees nothing", staff(Scope{Department: "D2"}), caseIn(Pending), Rectify, fault.Missing},
		{"another county sees nothing", staff(Scope{Region: "440103000000"}), caseIn(Pending), Rectify, fault.Missing},
		{"a hall sees nothing of what is not its own", staff(Scope{Hall: "H1"}), caseIn(Pending), Rectify, fault.Missing},
		{"who was rated sees nothing", &Actor{Login: "x", WorkNo: "007"}, caseIn(Pending), Rectify, fault.Missing},
		{"nor does he when he decides", &Actor{Login: "x", WorkNo: "007"}, caseIn(Appealed), Accept, fault.Missing},
		{"another number does", &Actor{Login: "x", WorkNo: "008"}, caseIn(Pending), Rectify, fault.Internal},
		{"a unit's appeal is not decided by the unit", ofDepartment, caseIn(Appealed), Accept, fault.Conflict},
		{"nor a hall's by the hall", ofHall, appealedByHall, Accept, fault.Conflict},
		{"nor a department's by a hall", ofHall, func() Case { c := appealedByHall; c.AppealLevel = ofDepartment.Scope.Level(); return c }(), Accept, fault.Conflict},
		{"but by the county", ofCounty, caseIn(Appealed), Accept, fault.Internal},
		{"the county's own is not decided by the county", ofCounty, appealedByCounty, Refuse, fault.Conflict},
		{"but by the city", ofCity, appealedByCounty, Refuse, fault.Internal},
		{"whom nobody stands above does not appeal", ofProvince, caseIn(Pending), AppealMove, fault.Conflict},
		{"one appeal a case", ofDepartment, again, AppealMove, fault.Conflict},
		{"the unit does not supervise itself", ofDepartment, caseIn(Pending), Supervise, fault.Conflict},
		{"the county supervises", ofCounty, caseIn(Pending), Supervise, fault.Internal},
		{"once", ofCounty, supervised, Supervise, fault.Conflict},
		{"what was taken over is not the unit's any more", ofDepartment, taken, Rectify, fault.Conflict},
		{"but the county's", ofCounty, taken, Rectify, fault.Internal},
		{"a case without department and hall is the county's", ofCounty, regional, Supervise, fault.Conflict},
		{"and the city stands above it", ofCity, regional, Supervise, fault.Internal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, _ := transitionOf(tt.move)
			err := tr.refusal(tt.by, &tt.of)
			if (err == nil) != (tt.want == fault.Internal) || fault.KindOf(err) != tt.want {
				t.Errorf("got %v, want kind %d", err, tt.want)
			}
			if allowed := slices.Contains(Moves(tt.by, &tt.of), tt.move); allowed != (err == nil) {
				t.Errorf("among the moves: %v, want %v", allowed, err == nil)
			}
		})
	}
}

// TestRounds plays a reviewer who is never satisfied.
func TestRounds(t *testing.T) {
	c, at := caseIn(Rectifying), standardTerms()
	play := func(m Move) []News {
		t.Helper()
		tr, _ := transitionOf(m)
		if err := tr.refusal(ofCounty, &c); err != nil {
			t.Fatal(err)
		}
		change := tr.next(c, &Step{Move: m, Words: "说明"}, ofCounty, at)
		c = change.Case
		return change.News
	}
	for round, want := range []News{NewsReopened, NewsReopened, NewsTakenOver} {
		play(FeedBack)
		if c.State != Awaiting || !c.Progress.Rectified || !c.Progress.InTime {
			t.Fatalf("round %d: got %+v", round, c)
		}
		if got := play(Complain); !slices.Equal(got, []News{want}) {
			t.Errorf("round %d: got news %v, want %s", round, got, want)
		}
		if c.State != Rectifying || c.Progress != (Progress{CalledBack: true}) || c.Rounds != round+1 || c.Supervised != (round == MaxReopen) {
			t.Errorf("round %d: got %+v", round, c)
		}
	}
	play(FeedBack)
	if !c.Supervised {
		t.Error("what was taken over is supervised to its end")
	}
	if got := play(Complain); !slices.Equal(got, []News{NewsClosed}) || c.State != Closed || c.Progress.Satisfied || !c.Progress.Rectified {
		t.Errorf("got %v, %+v, want it closed and not satisfied", got, c)
	}
	if mayReopen(&c, at.now) {
		t.Error("he may come back once more")
	}
}

func TestReopenInTime(t *testing.T) {
	c := caseIn(Closed)
	c.Since = monday
	for after, want := range map[time.Duration]bool{0: true, reopenDays*24*time.Hour - 1: true, reopenDays * 24 * time.Hour: false} {
		if got := mayReopen(&c, monday.Add(after)); got != want {
			t.Errorf("after %v: got %v, want %v", after, got, want)
		}
	}
}

func TestLimitsOfEachState(t *testing.T) {
	for _, tt := range []struct {
		name  string
		state State
		move  Move
		want  string
	}{
		{"rectify in ten working days, Friday is 端午节", Pending, Rectify, "2026-06-30 23:59:59"},
		{"explain in ten", Pending, Explain, "2026-06-30 23:59:59"},
		{"an appeal is decided in three", Pending, AppealMove, "2026-06-18 23:59:59"},
		{"refused: three more to verify", Appealed, Refuse, "2026-06-18 23:59:59"},
		{"the reviewer has seven days", Rectifying, FeedBack, "2026-06-22 23:59:59"},
		{"and ten working days begin again", Awaiting, Complain, "2026-06-30 23:59:59"},
		{"a call moves no limit", Pending, Contact, "2026-06-20 10:00:00"},
		{"an end is when it ended", Awaiting, Satisfied, "2026-06-15 10:00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, _ := transitionOf(tt.move)
			got := tr.next(caseIn(tt.state), &Step{Move: tt.move}, ofCounty, standardTerms()).Case.Due
			if beijing.FormatSecond(got) != tt.want {
				t.Errorf("got %v, want %s", beijing.FormatSecond(got), tt.want)
			}
		})
	}
}

// TestInTime wants every round within its limit.
func TestInTime(t *testing.T) {
	feed, _ := transitionOf(FeedBack)
	c, at := caseIn(Rectifying), standardTerms()
	at.now = c.Due
	if got := feed.next(c, &Step{}, ofCounty, at).Case; !got.Progress.InTime || got.Late {
		t.Errorf("at the last moment: got %+v", got)
	}
	at.now = c.Due.Add(time.Microsecond)
	late := feed.next(c, &Step{}, ofCounty, at).Case
	if late.Progress.InTime || !late.Late || !late.Progress.Rectified {
		t.Errorf("after it: got %+v", late)
	}
	complain, _ := transitionOf(Complain)
	again := complain.next(late, &Step{}, ofCounty, at).Case
	if got := feed.next(again, &Step{}, ofCounty, at).Case; got.Progress.InTime {
		t.Error("a second round makes the first one in time")
	}
}

func TestFaultsOfSteps(t *testing.T) {
	png := File{Name: "a.png", Content: []byte("\x89PNG\r\n\x1a\n....")}
	for _, tt := range []struct {
		name, field string
		step        Step
	}{
		{"no words", "words", Step{Move: Rectify, Words: " \n "}},
		{"too many words", "words", Step{Move: Rectify, Words: strings.Repeat("长", MaxWords+1)}},
		{"bytes that are no text", "words", Step{Move: Rectify, Words: "a\xff"}},
		{"a character that can't be stored", "words", Step{Move: Rectify, Words: "a\x00"}},
		{"an appeal without a claim", "claim", Step{Move: AppealMove, Words: "误评", Evidence: []File{png}}},
		{"an appeal without evidence", "evidence", Step{Move: AppealMove, Words: "误评", Claim: Mistaken}},
		{"an unknown claim", "claim", Step{Move: AppealMove, Words: "误评", Claim: "so what", Evidence: []File{png}}},
		{"too many files", "evidence", Step{Move: AppealMove, Words: "误评", Claim: Mistaken, Evidence: slices.Repeat([]File{png}, MaxFiles+1)}},
		{"a page in disguise", "evidence[0]", Step{Move: AppealMove, Words: "误评", Claim: Mistaken, Evidence: []File{{"a.png", PNG, []byte("<html>")}}}},
		{"a large file", "evidence[1]", Step{Move: AppealMove, Words: "误评", Claim: Mistaken, Evidence: []File{png, {"b.png", "", slices.Concat(png.Content, make([]byte, MaxFile))}}}},
		{"evidence of something else", "evidence", Step{Move: Rectify, Words: "属实", Evidence: []File{png}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.step.check()
			f, _ := err.(*fault.Error) //nolint:errorlint // it is not wrapped
			if f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != tt.field {
				t.Errorf("got %v, want %s", err, tt.field)
			}
		})
	}
	good := Step{Move: AppealMove, Words: " 对方投错窗口\r\n见附件 ", Claim: Mistaken, Evidence: []File{png}}
	if err := good.check(); err != nil || good.Words != "对方投错窗口\n见附件" {
		t.Errorf("got %v, %q", err, good.Words)
	}
	exact := Step{Move: Rectify, Words: strings.Repeat("长", MaxWords)}
	if err := exact.check(); err != nil {
		t.Error(err)
	}
	unknown := Step{Move: "erase"}
	if err := unknown.check(); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

// What the reviewer reads as it is holds nobody's numbers; an office's telephone and mail are what he may call and write to.
func TestAnAnswerHoldsNobodysNumbers(t *testing.T) {
	for _, tt := range []struct {
		words, wrong string
	}{
		{"已增开一个窗口，抱歉让您久等。有事请打020-83123456或12345，邮箱 ban@gz.gov.cn", ""},
		{"办件 GZ-2026-0301 已于2026年11月24日办结", ""},
		{"经办人13800138000会再联系您", "请不要写手机号码"},
		{"已按证件号440101199001011237查到您的办件", "请不要写身份证号码"},
		{"护照号码E12345678的申请已受理，退费到6222021234567890128", "请不要写其他证件号码、银行卡号"},
	} {
		step := Step{Move: FeedBack, Words: tt.words}
		got := ""
		var f *fault.Error
		if errors.As(step.check(), &f) {
			got = f.Violations[0].Reason
		}
		if (got != "") != (tt.wrong != "") || !strings.Contains(got, tt.wrong) {
			t.Errorf("%s: got %q, want %q", tt.words, got, tt.wrong)
		}
		if step.Move = Contact; step.check() != nil { // stays inside
			t.Errorf("%s: what stays inside is refused", tt.words)
		}
	}
}

func TestEvidenceIsKnownByItsContent(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		want          File
	}{
		{"截图.png", "\x89PNG\r\n\x1a\nx", File{Name: "截图.png", Kind: PNG}},
		{"photo.html", "\xff\xd8\xff\xe0x", File{Name: "photo.jpg", Kind: JPEG}},
		{`C:\scans\说明.PDF`, "%PDF-1.7 x", File{Name: "说明.pdf", Kind: PDF}},
		{"../../etc/passwd", "%PDF-1.7 x", File{Name: "passwd.pdf", Kind: PDF}},
		{"a\"\r\nb\u202egnp.exe", "%PDF-1.7 x", File{Name: "abgnp.pdf", Kind: PDF}},
		{"", "%PDF-1.7 x", File{Name: "附件.pdf", Kind: PDF}},
		{".pdf", "%PDF-1.7 x", File{Name: "附件.pdf", Kind: PDF}},
		{strings.Repeat("长", 300) + ".pdf", "%PDF-1.7 x", File{Name: strings.Repeat("长", 100) + ".pdf", Kind: PDF}},
	} {
		tt.want.Content = []byte(tt.content)
		got, violations := checkFiles([]File{{Name: tt.name, Content: []byte(tt.content)}})
		if diff := cmp.Diff([]File{tt.want}, got); diff != "" || violations != nil {
			t.Errorf("%q: %v %s", tt.name, violations, diff)
		}
	}
}

func TestTheMostSpecialLimitWins(t *testing.T) {
	rules := []Rule{
		{"440000000000", "", Limits{1, 1, 1}},
		{"440106000000", "", Limits{3, 3, 3}},
		{"440100000000", "", Limits{2, 2, 2}},
		{"", "D", Limits{4, 4, 4}},
		{"440100000000", "D", Limits{5, 5, 5}},
		{"440300000000", "D", Limits{6, 6, 6}},
	}
	for _, tt := range []struct {
		region, department string
		want               int
	}{
		{"330100000000", "", 0},
		{"440300000000", "", 1},
		{"440103000000", "", 2},
		{"440106000000", "", 3},
		{"440106001000", "X", 3},
		{"330100000000", "D", 4},
		{"440106000000", "D", 5},
		{"440304000000", "D", 6},
		{"", "D", 4},
		{"", "", 0},
	} {
		want := Limits{tt.want, tt.want, tt.want}
		if tt.want == 0 {
			want = Standard
		}
		if got := LimitsOf(rules, &Case{Region: tt.region, Department: tt.department}); got != want {
			t.Errorf("%s in %s: got %v, want %v", tt.department, tt.region, got, want)
		}
	}
}

func TestUnit(t *testing.T) {
	for _, tt := range []struct {
		of   Case
		want Unit
	}{
		{Case{Region: county, Department: dept, Hall: "H1", Entity: "egovAffair"}, Unit{DepartmentUnit, dept}},
		{Case{Region: county, Department: dept, Hall: "H1", Entity: "hallAffair"}, Unit{HallUnit, "H1"}},
		{Case{Region: county, Hall: "H1", Entity: "egovGuide"}, Unit{HallUnit, "H1"}},
		{Case{Region: county, Department: dept, Entity: "hallAffair"}, Unit{DepartmentUnit, dept}},
		{Case{Region: county}, Unit{RegionUnit, county}},
	} {
		if got := tt.of.Unit(); got != tt.want {
			t.Errorf("%+v: got %v, want %v", tt.of, got, tt.want)
		}
	}
}

func TestEverythingHasWords(t *testing.T) {
	for _, state := range States {
		if state.Word() == "" {
			t.Errorf("%s has no word", state)
		}
	}
	for i := range transitions {
		if m := transitions[i].move; m.Word() == "" || m.Party() == "" {
			t.Errorf("%s has no word", m)
		}
	}
}

func TestChangedTellsWhatTheOtherDid(t *testing.T) {
	c := caseIn(Rectifying)
	for _, tt := range []struct {
		last *Event
		want string
	}{
		{&Event{Party: OfUnit, Name: "李四", Move: Rectify, At: monday}, "李四于2026年6月15日 10:00操作：核实属实，转入整改，现在是“整改中”"},
		{&Event{Party: OfReviewer, Move: Complain, At: monday}, "评价人于2026年6月15日 10:00操作：评价人表示不满意"},
		{&Event{Party: OfSystem, Move: Overdue, At: monday}, "系统于"},
		{nil, "工单刚刚有变化"},
	} {
		if err := changed(&c, tt.last); !strings.Contains(err.Error(), tt.want) || fault.KindOf(err) != fault.Conflict {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
