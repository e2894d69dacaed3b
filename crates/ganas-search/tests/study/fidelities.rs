//! Studies with cheap evaluations before full ones.

use std::sync::Arc;

use ganas_graph::moves;
use ganas_graph::spaces::NasBench201;
use ganas_search::{
    Context, Fidelity, OpenTrial, Partial, PromotionRule, Proposal, StopReason, Stopping, Strategy,
    StrategyError, Study, StudySettings, Told,
};

use crate::fixture::{InOrder, Noting, Place, answer, baselines, measured, sum};

fn settings(budget: usize, rule: PromotionRule) -> StudySettings {
    let fidelity = Fidelity::new("epochs", vec![1.0, 3.0, 9.0]).unwrap();
    let fidelity = Some(Fidelity { rule, reduction: 3.0, ..fidelity });
    StudySettings { fidelity, ..StudySettings::new(budget, 0) }
}

/// Evaluates all, each worth the sum of its choices; gives the trials in the order asked.
fn run(study: &mut Study) -> Vec<OpenTrial> {
    let mut all = Vec::new();
    while let Some(open) = study.ask(1).unwrap().pop() {
        study.tell(open.trial, measured(sum(&open.arch))).unwrap();
        all.push(open);
    }
    all
}

fn at(all: &[OpenTrial], rung: u32) -> usize {
    all.iter().filter(|open| open.rung.unwrap().rung == rung).count()
}

#[test]
fn asha_promotes_the_best_third_of_each_rung() {
    let mut study =
        Place::new(settings(8, PromotionRule::Asha)).in_memory(Box::new(InOrder::default()));
    let all = run(&mut study);
    let counts = [0, 1, 2].map(|rung| at(&all, rung));
    // Its best third grows and changes, so more than a third are promoted in the end.
    assert!(counts[0] > counts[1] && counts[1] > counts[2] && counts[2] > 0, "{counts:?}");
    assert!(3 * counts[1] >= counts[0] - 2 && 3 * counts[2] >= counts[1] - 2, "{counts:?}");
    let history = study.history();
    assert_eq!(history.trials().len(), counts[2], "only full evaluations are results");
    assert_eq!(history.partials().len(), counts[0] + counts[1]);
    let spent = (counts[0] as f64 + 3.0 * counts[1] as f64) / 9.0 + counts[2] as f64;
    assert!((history.spent() - spent).abs() < 1e-9 && spent <= 8.0 && spent > 7.0, "{spent}");
    assert_eq!(study.stop_reason(), Some(StopReason::Budget));
    let promoted = all.iter().find(|open| open.rung.unwrap().rung == 1).unwrap();
    let before = promoted.rung.unwrap().after.unwrap();
    let before = all.iter().find(|open| open.trial == before).unwrap();
    assert_eq!((&before.arch, before.rung.unwrap().fidelity), (&promoted.arch, 1.0));
    let best = |rung: u32| {
        let partials = history.partials().iter().filter(move |it| it.rung == rung);
        partials.map(|it| it.trial.measurement.value).fold(f64::MIN, f64::max)
    };
    assert!(best(0) <= best(1), "the best of all is among the promoted");
}

#[test]
fn a_study_waits_for_cheap_evaluations_when_no_full_one_fits() {
    for asynchronous in [false, true] {
        let settings = settings(1, PromotionRule::Asha);
        let settings = StudySettings { asynchronous, workers: 3, ..settings };
        let mut study = Place::new(settings).in_memory(Box::<InOrder>::default());
        let open = study.ask(3).unwrap();
        assert_eq!(open.len(), 3);
        for (told, it) in open.iter().enumerate() {
            assert_eq!(study.stop_reason(), None, "{told} of 3 told");
            study.tell(it.trial, measured(1.0)).unwrap();
        }
        assert_eq!(study.history().partials().len(), 3);
        run(&mut study);
        assert_eq!(study.stop_reason(), Some(StopReason::Budget));
    }
}

/// Promotes the worst first.
#[derive(Debug, Default)]
struct Contrary(InOrder);

impl Strategy for Contrary {
    fn name(&self) -> &'static str {
        "contrary"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        self.0.ask(context)
    }

    fn promote(
        &self,
        _: &Context<'_>,
        candidates: &[&Partial],
        count: usize,
    ) -> Result<Vec<usize>, StrategyError> {
        let mut places: Vec<_> = (0..candidates.len()).collect();
        places.sort_by_key(|&place| candidates[place].trial.score);
        places.truncate(count);
        Ok(places)
    }
}

#[test]
fn a_guided_study_promotes_a_share_that_the_strategy_chooses() {
    let mean = |strategy: Box<dyn Strategy>| {
        let mut study = Place::new(settings(8, PromotionRule::Guided)).in_memory(strategy);
        let all = run(&mut study);
        let counts = [0, 1, 2].map(|rung| at(&all, rung));
        assert!(counts[2] > 0 && counts[1] <= counts[0] / 3 && counts[2] <= counts[1] / 3);
        let full = study.history().trials();
        full.iter().map(|it| it.measurement.value).sum::<f64>() / full.len() as f64
    };
    assert!(mean(Box::<InOrder>::default()) > mean(Box::<Contrary>::default()));
}

/// Wants every other proposal evaluated in full at once.
#[derive(Debug, Default)]
struct Impatient(InOrder);

impl Strategy for Impatient {
    fn name(&self) -> &'static str {
        "impatient"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let proposals = self.0.ask(context)?.into_iter().enumerate();
        Ok(proposals.map(|(at, it)| if at % 2 == 0 { it.at_top() } else { it }).collect())
    }
}

/// Wants every other proposal evaluated in full, and is never asked for nothing.
#[derive(Debug, Default)]
struct Exact(Impatient);

impl Strategy for Exact {
    fn name(&self) -> &'static str {
        "exact"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        assert!(context.at_most > 0, "nothing is asked for");
        self.0.ask(context)
    }
}

#[test]
fn no_study_with_rungs_spends_more_than_its_budget() {
    for rule in PromotionRule::ALL {
        for case in 0..24 {
            let (budget, asynchronous, resumes) = (1 + case / 4, case % 2 > 0, case / 2 % 2 > 0);
            let mut settings = settings(budget, rule);
            settings.fidelity.as_mut().unwrap().resumes = resumes;
            let settings = StudySettings { asynchronous, workers: 3, ..settings };
            let space = Arc::new(NasBench201::default());
            let mut study = Study::new(space, Box::<Exact>::default(), settings).unwrap();
            let mut open = study.ask(3).unwrap();
            // The youngest first, so that others are out while the strategy is asked.
            while let Some(it) = open.pop() {
                study.tell(it.trial, measured(sum(&it.arch))).unwrap();
                open.extend(study.ask(3 - open.len()).unwrap());
            }
            let case = format!("{rule}, budget {budget}, {asynchronous}, {resumes}");
            assert_eq!(study.stop_reason(), Some(StopReason::Budget), "{case}");
            let spent = study.history().spent();
            assert!(spent <= budget as f64 + 1e-9, "{case}: {spent}");
        }
    }
}

#[test]
fn a_study_ends_when_there_is_room_for_a_promotion_only_and_none_is_due() {
    let fidelity = Fidelity::new("epochs", vec![10.0, 11.0]).unwrap();
    let fidelity =
        Fidelity { rule: PromotionRule::Asha, reduction: 2.0, resumes: true, ..fidelity };
    for asynchronous in [false, true] {
        let fidelity = Some(fidelity.clone());
        let settings = StudySettings { fidelity, asynchronous, ..StudySettings::new(1, 0) };
        let mut study = Place::new(settings).in_memory(Box::<InOrder>::default());
        assert_eq!(run(&mut study).len(), 1);
        assert_eq!(study.stop_reason(), Some(StopReason::Budget));
    }
}

#[test]
fn a_strategy_is_asked_for_as_many_as_the_budget_has_room_for() {
    let noted = Arc::default();
    let strategy = Noting { noted: Arc::clone(&noted), ..Noting::default() };
    let mut study = Place::new(settings(8, PromotionRule::Asha)).in_memory(Box::new(strategy));
    run(&mut study);
    let noted: Vec<_> = noted.lock().unwrap().iter().map(|(_, at_most)| *at_most).collect();
    // An architecture costs a ninth, and so do a third of 3/9 and a ninth of a full evaluation.
    assert_eq!(noted[..3], [24, 22, 20], "three evaluated cheaply each time, and one promoted");
}

#[test]
fn a_promotion_may_cost_all_that_is_left() {
    let fidelity = Fidelity::new("epochs", vec![1.0, 2.0]).unwrap();
    let fidelity = Some(Fidelity { rule: PromotionRule::Asha, reduction: 2.0, ..fidelity });
    let settings = StudySettings { fidelity, ..StudySettings::new(2, 0) };
    let mut study = Place::new(settings).in_memory(Box::<InOrder>::default());
    let all = run(&mut study);
    assert_eq!([0, 1].map(|rung| at(&all, rung)), [2, 1]);
}

#[test]
fn a_strategy_may_have_new_ones_evaluated_in_full_where_the_rule_is_guided() {
    for rule in PromotionRule::ALL {
        let mut study = Place::new(settings(8, rule)).in_memory(Box::<Impatient>::default());
        let all = run(&mut study);
        let is_full = |open: &&OpenTrial| {
            let rung = open.rung.unwrap();
            rung.rung == 2 && rung.after.is_none()
        };
        let full = all.iter().filter(is_full).count();
        let history = study.history();
        assert!(history.spent() <= 8.0 + 1e-9);
        match rule {
            PromotionRule::Guided => {
                assert!(full >= 3, "{full}");
                assert!(at(&all, 0) > 0 && history.spent() > 7.0);
                assert_eq!(all.last().unwrap().rung.unwrap().rung, 0, "there is no room for more");
            }
            PromotionRule::Hyperband => {}
            _ => assert_eq!(full, 0, "{rule}"),
        }
    }
}

/// Proposes as many as it is asked for, and wants those from a certain one on evaluated in full.
#[derive(Debug)]
struct FullFrom(usize);

impl Strategy for FullFrom {
    fn name(&self) -> &'static str {
        "full-from"
    }

    fn ask(&mut self, context: &Context<'_>) -> Result<Vec<Proposal>, StrategyError> {
        let first = context.history.begun();
        let archs = moves::enumerate(context.space).map(|arch| context.proposal(arch, "order"));
        let new = archs.filter(|it| !context.history.contains(it.key())).take(context.at_most);
        Ok((first..).zip(new).map(|(at, it)| if at < self.0 { it } else { it.at_top() }).collect())
    }
}

#[test]
fn new_ones_are_evaluated_in_full_as_far_as_promotions_leave_room() {
    let fidelity = Fidelity { reduction: 2.0, ..Fidelity::new("epochs", vec![1.0, 4.0]).unwrap() };
    let rungs = |budget, full_from| {
        let fidelity = Some(fidelity.clone());
        let settings = StudySettings { fidelity, ..StudySettings::new(budget, 0) };
        let mut study = Place::new(settings).in_memory(Box::new(FullFrom(full_from)));
        let all = run(&mut study);
        assert!(study.history().spent() <= budget as f64);
        all.iter().map(|open| open.rung.unwrap().rung).collect::<Vec<_>>()
    };
    assert_eq!(rungs(2, 0), [1, 1], "the budget fits two exactly");
    // Five at the first rung and two promotions leave 0.75, enough for the first rung only.
    assert_eq!(rungs(4, 5)[..8], [0, 0, 0, 0, 0, 1, 1, 0]);
}

#[test]
fn brackets_wait_until_a_rung_is_complete() {
    let rule = PromotionRule::SuccessiveHalving;
    let mut study = Place::new(settings(9, rule)).in_memory(Box::new(InOrder::default()));
    let all = run(&mut study);
    let rungs: Vec<_> = all.iter().map(|open| open.rung.unwrap().rung).collect();
    // The round that completes the nine asks one more.
    assert_eq!(rungs[..14], [[0; 10].as_slice(), &[1; 3], &[2]].concat(), "9, 3, 1");
    assert_eq!(rungs[14], 0, "the next bracket");
}

#[test]
fn hyperband_begins_brackets_at_each_rung() {
    let rule = PromotionRule::Hyperband;
    let mut study = Place::new(settings(12, rule)).in_memory(Box::new(InOrder::default()));
    let all = run(&mut study);
    let new: Vec<_> =
        all.iter().map(|open| open.rung.unwrap()).filter(|it| it.after.is_none()).collect();
    let first: Vec<_> = new.iter().take(17).map(|rung| rung.rung).collect();
    // Brackets of 9, 5 and 3, as in table 1 of the paper for R = 9.
    assert_eq!(first, [[0; 9].as_slice(), &[1; 5], &[2; 3]].concat());
}

#[test]
fn the_median_rule_stops_the_worse_half() {
    let mut study =
        Place::new(settings(12, PromotionRule::Median)).in_memory(Box::new(InOrder::default()));
    let all = run(&mut study);
    let (low, next) = (at(&all, 0), at(&all, 1));
    assert!(next >= 3 && next < low, "{next} of {low} were promoted");
}

#[test]
fn resumed_evaluations_cost_the_difference() {
    let mut settings = settings(8, PromotionRule::Asha);
    settings.fidelity.as_mut().unwrap().resumes = true;
    let mut study = Place::new(settings).in_memory(Box::new(InOrder::default()));
    let all = run(&mut study);
    let spent =
        at(&all, 0) as f64 / 9.0 + at(&all, 1) as f64 * 2.0 / 9.0 + at(&all, 2) as f64 * 6.0 / 9.0;
    assert!((study.history().spent() - spent).abs() < 1e-9);
}

#[test]
fn a_promotion_that_fails_leaves_what_was_measured() {
    for rule in PromotionRule::ALL {
        for make in baselines() {
            let mut study = Place::new(settings(10, rule)).in_memory(make());
            let mut failed = None;
            while let Some(open) = study.ask(1).unwrap().pop() {
                let told = study.tell(open.trial, answer(&open)).unwrap();
                if open.rung.unwrap().after.is_some() && matches!(told, Told::Failed { .. }) {
                    failed = Some(open.arch);
                } else if let Some(failed) = &failed {
                    assert_ne!(*failed, open.arch, "it is not asked again");
                }
            }
            if let Some(arch) = failed {
                assert!(study.history().partials().iter().any(|it| it.trial.arch == arch));
                assert!(study.history().trials().iter().all(|it| it.arch != arch));
            }
        }
    }
}

#[test]
fn what_a_store_has_spent_is_what_the_study_has() {
    for (rule, resumes) in PromotionRule::ALL.into_iter().zip([true, false, true, false, true]) {
        let mut settings = settings(7, rule);
        settings.fidelity.as_mut().unwrap().resumes = resumes;
        let fidelity = settings.fidelity.clone().unwrap();
        let place = Place::new(settings);
        let mut study = place.open(Box::new(InOrder::default()));
        while let Some(open) = study.ask(1).unwrap().pop() {
            study.tell(open.trial, answer(&open)).unwrap();
        }
        let spent = fidelity.spent(&place.reader().trials().unwrap());
        assert!((spent - study.history().spent()).abs() < 1e-9, "{rule}: {spent}");
    }
}

#[test]
fn rungs_that_cost_next_to_nothing_are_asked_for_a_bounded_number_of_times() {
    let mut settings = settings(2, PromotionRule::Asha);
    let rungs = vec![1e-12, 1e-11, 1e-10, 1.0];
    settings.fidelity = Some(Fidelity { rungs, reduction: 1e6, ..settings.fidelity.unwrap() });
    let mut study = Place::new(settings).in_memory(Box::new(InOrder::default()));
    assert_eq!(study.ask(2).unwrap().len(), 2);
}

#[test]
fn rungs_that_cannot_be_are_refused() {
    let wrong = |rungs: &[f64]| Fidelity::new("epochs", rungs.to_vec()).unwrap_err().to_string();
    assert_eq!(wrong(&[4.0]), "rungs: expected 2 to 32 fidelities, found 1");
    assert!(
        wrong(&[12.0, 4.0])
            .starts_with("rungs: expected increasing numbers above 0, found [12.0, 4.0]")
    );
    for rungs in [[4.0, 4.0], [0.0, 1.0], [f64::NAN, 1.0], [1.0, f64::INFINITY]] {
        assert!(wrong(&rungs).contains("increasing numbers"), "{rungs:?}");
    }
    let read = |text: &str| text.parse::<Fidelity>();
    assert_eq!(read("12,200/hyperband/4").unwrap().to_string(), "epochs=12,200/hyperband/4");
    let error = |text: &str| read(text).unwrap_err().to_string();
    assert!(error("12,x").contains("rungs: expected comma-separated numbers"));
    assert!(
        error("1,2/ashes")
            .starts_with("rule: expected asha, successive-halving, hyperband, median or guided")
    );
    assert!(error("1,2/asha/1").starts_with("reduction: expected a number from 2"));
    assert!(error("1,2/asha/3/4").contains("nothing after the reduction"));
    let nameless = Fidelity::new(" ", vec![1.0, 2.0]).unwrap_err().to_string();
    assert!(nameless.starts_with("name: expected the unit of the fidelity"));
}

#[test]
fn what_resumes_needs_the_difference_only() {
    let fidelity = Fidelity::new("epochs", vec![1.0, 3.0]).unwrap();
    let fidelity = Fidelity { rule: PromotionRule::Median, resumes: true, ..fidelity };
    let settings = StudySettings { fidelity: Some(fidelity), ..StudySettings::new(1, 0) };
    let mut study = Place::new(settings).in_memory(Box::<InOrder>::default());
    let all = run(&mut study);
    assert_eq!([0, 1].map(|rung| at(&all, rung)), [1, 1]);
}

#[test]
fn nothing_costs_zero_and_not_minus_zero() {
    let fidelity: Fidelity = "epochs=1,8".parse().unwrap();
    let stopping: Stopping = "9/median".parse().unwrap();
    for spent in [fidelity.spent(&[]), stopping.spent(&[])] {
        assert_eq!(format!("{spent:.1}"), "0.0");
    }
}
