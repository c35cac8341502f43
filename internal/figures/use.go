package figures

// inUse are the formulas that figures are made by now, and which version of the settings says so; 0 is none.
type inUse struct {
	formulas Formulas
	version  int
}

// Use makes figures by other formulas from now on. version is that of the settings that say so: it is part of Version, so that
// who shows figures draws them anew, in every process as soon as it uses them. It is safe while others ask for figures.
func (s *Service) Use(formulas Formulas, version int) { s.use.Store(&inUse{formulas, version}) }

// Formulas are those in use.
func (s *Service) Formulas() Formulas { return s.use.Load().formulas }

// Good is 好评数 by the formulas in use.
func (s *Service) Good(c Counts) int64 { return s.Formulas().Good(c) }

// Bad is 差评数.
func (s *Service) Bad(c Counts) int64 { return s.Formulas().Bad(c) }

// Score is 平均分; see Formulas.Score.
func (s *Service) Score(c Counts) float64 { return s.Formulas().Score(c) }

// GoodRate is 好评率 by the formulas in use; see Formulas.GoodRate.
func (s *Service) GoodRate(c Counts) float64 { return s.Formulas().GoodRate(c) }

// BadRate is 差评率; see Formulas.BadRate.
func (s *Service) BadRate(c Counts) float64 { return s.Formulas().BadRate(c) }

// Satisfaction is 满意度; see Formulas.Satisfaction.
func (s *Service) Satisfaction(c Counts) float64 { return s.Formulas().Satisfaction(c) }

// Least is how many reviews one must have to be ranked.
func (s *Service) Least() int64 { return s.Formulas().Least() }
