//! The notation of cells. A cell is written `NAME{node = operator(source) + …; …}`, and the cells
//! follow one another.
//!
//! With operators on nodes, a node is written `node = operator(source, source)`. If the nodes that
//! form the output are chosen, the output is written `output = concatenation(source, …)` or `output
//! = sum(source, …)`.

use super::cell::{ABSENT, Draft, PRESENT, Question, QuestionSubject};
use super::description::{Join, OperatorsOn, Output};
use super::structure::{Edges, OUTPUT, Structure};

impl Structure {
    pub(super) fn display(&self, draft: &Draft) -> String {
        let end = self.inputs + draft.inner.unwrap_or(0);
        let mut lines: Vec<_> = (self.inputs..end)
            .map(|node| {
                let right = match self.operators_on {
                    OperatorsOn::Edges => self.sum(draft, node),
                    OperatorsOn::Nodes => {
                        let operator =
                            draft.operators.get(node - self.inputs).copied().unwrap_or(0);
                        self.call(&self.operators[usize::from(operator)], draft, node)
                    }
                };
                format!("{} = {right}", self.nodes[node])
            })
            .collect();
        if self.output == Output::Chosen {
            lines.push(format!("{OUTPUT} = {}", self.call(self.join_name(), draft, end)));
        }
        format!("{}{{{}}}", self.name, lines.join("; "))
    }

    /// Explains the format that [`Structure::display`] writes.
    pub(super) fn describe(&self) -> String {
        let right = match self.operators_on {
            OperatorsOn::Edges => {
                "operator(source) + …`, with one term for each edge into the node"
            }
            OperatorsOn::Nodes => "operator(source, …)`",
        };
        let output = match self.output {
            Output::Chosen => {
                format!(", then `{OUTPUT} = {}(source, …)` for the cell's output", self.join_name())
            }
            _ => String::new(),
        };
        format!("{}{{…}}: for each node `node = {right}{output}", self.name)
    }

    fn join_name(&self) -> &'static str {
        match self.join {
            Join::Concatenation => "concatenation",
            Join::Sum => "sum",
        }
    }

    fn sum(&self, draft: &Draft, node: usize) -> String {
        let terms = draft.edges.iter().filter(|edge| edge.to == node).map(|edge| {
            let operator = &self.operators[usize::from(edge.operator.unwrap_or(0))];
            format!("{operator}({})", self.nodes[edge.from()])
        });
        terms.collect::<Vec<_>>().join(" + ")
    }

    fn call(&self, name: &str, draft: &Draft, node: usize) -> String {
        let sources = draft.edges.iter().filter(|edge| edge.to == node);
        let sources: Vec<_> = sources.map(|edge| self.nodes[edge.from()].as_str()).collect();
        format!("{name}({})", sources.join(", "))
    }

    /// Returns the choices that a written cell stands for.
    pub(super) fn choices(&self, cell: &Written<'_>) -> Result<Vec<u8>, Wrong> {
        let reader = Reader { structure: self, cell };
        if cell.name.text != self.name {
            return Err(cell.name.wrong(format!("`{}`", self.name)));
        }
        if let Some(line) =
            cell.lines.get(self.inner.1 + usize::from(self.output == Output::Chosen))
        {
            return Err(line.node.wrong("the end of the cell".into()));
        }
        let (mut choices, mut wrong) = (Vec::new(), None);
        let (draft, _) = self.walk(&mut |question| match reader.answer(question) {
            Ok(choice) => {
                choices.push(choice);
                Some(choice)
            }
            Err(error) => {
                wrong = Some(error);
                None
            }
        });
        match wrong {
            Some(wrong) => Err(wrong),
            None => reader.check_rest(&draft).map(|()| choices),
        }
    }
}

/// A mistake in the notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) position: usize,
    pub(super) expected: String,
    pub(super) found: String,
}

/// A name and its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'t> {
    text: &'t str,
    position: usize,
}

impl Word<'_> {
    fn wrong(&self, expected: String) -> Wrong {
        let found =
            if self.text.is_empty() { "the end".into() } else { format!("`{}`", self.text) };
        Wrong { position: self.position, expected, found }
    }
}

/// A cell as written, before validation.
#[derive(Debug)]
pub(super) struct Written<'t> {
    name: Word<'t>,
    lines: Vec<Line<'t>>,
    end: usize,
}

#[derive(Debug)]
struct Line<'t> {
    node: Word<'t>,
    terms: Vec<Term<'t>>,
}

#[derive(Debug)]
struct Term<'t> {
    operator: Word<'t>,
    sources: Vec<Word<'t>>,
}

/// Answers a cell's questions from the written cell.
struct Reader<'a, 't> {
    structure: &'a Structure,
    cell: &'a Written<'t>,
}

impl<'a, 't> Reader<'a, 't> {
    fn answer(&self, question: &Question) -> Result<u8, Wrong> {
        let structure = self.structure;
        let (choice, word) = match question.about {
            QuestionSubject::Nodes => {
                let lines = self.cell.lines.len() - self.output_lines();
                let choice = lines.checked_sub(structure.inner.0);
                (choice, self.cell.lines.last().map_or(self.cell.name, |line| line.node))
            }
            QuestionSubject::NodeOperator { node } => self.operator(self.term(node)?),
            QuestionSubject::EdgeOperator { from, to, .. } => {
                let name = &structure.nodes[from];
                let fits = |term: &&Term<'_>| term.sources.first().is_some_and(|s| s.text == name);
                let line = self.line(to)?;
                let term = line.terms.iter().find(fits).ok_or_else(|| {
                    line.node
                        .wrong(format!("an operator on the edge from {name} to {}", line.node.text))
                })?;
                self.operator(term)
            }
            QuestionSubject::Edge { from, to } => {
                let term = self.term(to)?;
                let earlier = structure.nodes.get(..to).unwrap_or(&structure.nodes);
                let is_unknown = |word: &&Word<'_>| earlier.iter().all(|name| name != word.text);
                if let Some(word) = term.sources.iter().find(is_unknown) {
                    return Err(word.wrong(format!("one of {}", earlier.join(", "))));
                }
                let is_there = term.sources.iter().find(|word| word.text == structure.nodes[from]);
                let choice = if is_there.is_some() { PRESENT } else { ABSENT };
                (Some(choice.into()), is_there.copied().unwrap_or(term.operator))
            }
            QuestionSubject::Input { to, slot, .. } => {
                let line = self.line(to)?;
                let word = match structure.operators_on {
                    OperatorsOn::Nodes => line.terms[0].sources.get(slot),
                    OperatorsOn::Edges => {
                        line.terms.get(slot).and_then(|term| term.sources.first())
                    }
                };
                let word = *word.ok_or_else(|| {
                    line.node.wrong(format!("a node that has input {slot} (counted from 0)"))
                })?;
                (structure.nodes.iter().position(|name| name == word.text), word)
            }
        };
        let choice = choice.and_then(|choice| u8::try_from(choice).ok());
        choice.filter(|choice| question.allowed.contains(*choice)).ok_or_else(|| {
            word.wrong(match question.about {
                QuestionSubject::Edge { from, to } => self.edge_rule(from, to),
                QuestionSubject::Nodes => {
                    let (least, most) = structure.inner;
                    format!("{least} to {most} inner nodes")
                }
                QuestionSubject::Input { to, .. } => {
                    format!(
                        "one of {} that is not yet an input of this node",
                        structure.nodes[..to].join(", ")
                    )
                }
                QuestionSubject::NodeOperator { .. } | QuestionSubject::EdgeOperator { .. } => {
                    let names = question
                        .allowed
                        .iter()
                        .map(|c| structure.operators[usize::from(c)].as_str());
                    format!("one of {}", names.collect::<Vec<_>>().join(", "))
                }
            })
        })
    }

    /// Describes the rule that is violated by including or omitting the edge from `from` to `to`.
    fn edge_rule(&self, from: usize, to: usize) -> String {
        let Edges::Free { most } = self.structure.edges else { return "this edge".into() };
        let name = |node: usize| self.structure.nodes.get(node).map_or(OUTPUT, String::as_str);
        format!(
            "at most {most} edges and no unused node (violated at the edge from {} to {})",
            name(from),
            name(to)
        )
    }

    fn output_lines(&self) -> usize {
        self.cell.lines.iter().filter(|line| line.node.text == OUTPUT).count()
    }

    fn operator(&self, term: &Term<'t>) -> (Option<usize>, Word<'t>) {
        let word = term.operator;
        (self.structure.operators.iter().position(|name| name == word.text), word)
    }

    fn line(&self, node: usize) -> Result<&'a Line<'t>, Wrong> {
        let count = self.cell.lines.len() - self.output_lines();
        let is_output =
            node >= self.structure.inputs + count && self.structure.output == Output::Chosen;
        let name = match self.structure.nodes.get(node) {
            Some(name) if !is_output => name,
            _ => OUTPUT,
        };
        let line = self.cell.lines.iter().find(|line| line.node.text == name);
        line.ok_or_else(|| Wrong {
            position: self.cell.end,
            expected: format!("`{name} = …`"),
            found: "none".into(),
        })
    }

    fn term(&self, node: usize) -> Result<&'a Term<'t>, Wrong> {
        let line = self.line(node)?;
        match line.terms.as_slice() {
            [term] => Ok(term),
            _ => Err(line.node.wrong("a node with one operator".into())),
        }
    }

    /// Checks that the written cell contains nothing besides the notation of `draft`, which was
    /// read from it.
    fn check_rest(&self, draft: &Draft) -> Result<(), Wrong> {
        let text = self.structure.display(draft);
        let Ok(mut meant) = read(&text) else { return Ok(()) };
        let Some(meant) = meant.pop() else { return Ok(()) };
        for (place, line) in self.cell.lines.iter().enumerate() {
            let same = meant.lines.iter().find(|other| other.node.text == line.node.text);
            let Some(same) = same else { return Err(line.node.wrong("a node of the cell".into())) };
            if self.cell.lines[..place].iter().any(|other| other.node.text == line.node.text) {
                return Err(line.node.wrong("each node once".into()));
            }
            if let Some(word) = line.differs(same) {
                let expected = text.get(same.node.position..).unwrap_or_default();
                let expected = expected.split([';', '}']).next().unwrap_or_default();
                return Err(word.wrong(format!("`{expected}`")));
            }
        }
        Ok(())
    }
}

impl<'t> Line<'t> {
    /// Returns the operator of the first term that `other` lacks. If it lacks none but has more
    /// terms, returns this line's node. The order of terms and sources does not matter.
    fn differs(&self, other: &Line<'_>) -> Option<Word<'t>> {
        fn key<'w>(term: &Term<'w>) -> (&'w str, Vec<&'w str>) {
            let mut sources: Vec<_> = term.sources.iter().map(|word| word.text).collect();
            sources.sort_unstable();
            (term.operator.text, sources)
        }
        let mut left: Vec<_> = other.terms.iter().map(key).collect();
        for term in &self.terms {
            let Some(place) = left.iter().position(|other| *other == key(term)) else {
                return Some(term.operator);
            };
            left.swap_remove(place);
        }
        (!left.is_empty()).then_some(self.node)
    }
}

/// Parses cells up to the end of the text.
pub(super) fn read(text: &str) -> Result<Vec<Written<'_>>, Wrong> {
    let mut cursor = Cursor { text, position: 0 };
    let mut cells = Vec::new();
    while !cursor.is_at_end() {
        cells.push(cursor.cell()?);
    }
    Ok(cells)
}

struct Cursor<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Cursor<'t> {
    fn cell(&mut self) -> Result<Written<'t>, Wrong> {
        let name = self.word("the name of a cell")?;
        self.expect('{')?;
        let mut lines = vec![self.line()?];
        while self.accept(';') {
            lines.push(self.line()?);
        }
        let end = self.position;
        self.expect('}')?;
        Ok(Written { name, lines, end })
    }

    fn line(&mut self) -> Result<Line<'t>, Wrong> {
        let node = self.word("the name of a node")?;
        self.expect('=')?;
        let mut terms = vec![self.term()?];
        while self.accept('+') {
            terms.push(self.term()?);
        }
        Ok(Line { node, terms })
    }

    fn term(&mut self) -> Result<Term<'t>, Wrong> {
        let operator = self.word("an operator")?;
        self.expect('(')?;
        let mut sources = vec![self.word("the name of a node")?];
        while self.accept(',') {
            sources.push(self.word("the name of a node")?);
        }
        self.expect(')')?;
        Ok(Term { operator, sources })
    }

    fn word(&mut self, what: &str) -> Result<Word<'t>, Wrong> {
        self.skip_space();
        let rest = &self.text[self.position..];
        let end = |c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c));
        let text = &rest[..rest.find(end).unwrap_or(rest.len())];
        if text.is_empty() {
            return Err(self.wrong(what));
        }
        let position = self.position;
        self.position += text.len();
        Ok(Word { text, position })
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.position == self.text.len()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.position..];
        self.position += rest.len() - rest.trim_start().len();
    }

    fn accept(&mut self, sign: char) -> bool {
        self.skip_space();
        let found = self.text[self.position..].starts_with(sign);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) -> Result<(), Wrong> {
        if self.accept(sign) { Ok(()) } else { Err(self.wrong(&format!("`{sign}`"))) }
    }

    fn wrong(&self, expected: &str) -> Wrong {
        let found = match self.text[self.position..].chars().next() {
            None => "the end".into(),
            Some(letter) => format!("`{letter}`"),
        };
        Wrong { position: self.position, expected: expected.into(), found }
    }
}
