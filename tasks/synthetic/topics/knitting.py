"""Yarn: sweaters, socks, wool itself."""

from tasks.synthetic.topics.topic import Topic, words

KNITTING = Topic(
    name="knitting",
    facets={
        "sweaters": {
            "thing": words(
                "a yoke sweater | a cabled cardigan | a steeked jumper | a raglan for my brother | "
                "a baby vest | a mohair pullover | a gansey | a cropped cardigan with nine buttons | "
                "a fair isle yoke | a sleeve longer than the other"
            ),
            "deed": words(
                "cut the steek with shaking hands | ripped back the whole yoke | "
                "joined the sleeves at last | knitted the button band twice | "
                "crossed a cable the wrong way six rows ago | blocked it on the guest bed | "
                "found it fits the neighbour better"
            ),
        },
        "socks": {
            "thing": words(
                "a short-row heel | a toe-up sock | a pair of stranded mittens | a sock with a gusset | "
                "a magic-loop sock | self-striping socks | the second sock | a lace cuff | wrist warmers | "
                "a Fleegle heel"
            ),
            "deed": words(
                "turned the heel on the bus | started the second sock before I could escape | "
                "grafted the toe without swearing | dropped a stitch in the cinema | "
                "knitted two at a time | darned the ones from last winter"
            ),
        },
        "wool": {
            "thing": words(
                "a skein of undyed alpaca | a lopsided ball of handspun | a fleece with hay in it | "
                "indigo-dyed merino | a cone of Shetland | a gradient set | a two-ply on the wheel | "
                "rescue yarn from a thrift-shop jumper | walnut-dyed silk | a batt in autumn colours"
            ),
            "deed": words(
                "spun two hundred grams of singles | dyed three skeins with onion skins | "
                "washed a whole fleece in the bath | wound yarn until the kitchen was full | "
                "plied for four hours straight | met the sheep that made my jumper"
            ),
        },
    },
    words={
        "place": words(
            "the train | the knitting circle | the waiting room | the wool festival | "
            "the sofa, under the cat | the back row of a meeting | the yarn shop | the spinning corner | "
            "the beach, sand and all"
        ),
        "when": words(
            "for the third time | one row at a time | during a whole audiobook | before the baby comes | "
            "in bad light | with cold hands | over the long weekend | from stash only | past bedtime"
        ),
        "gear": words(
            "wooden needles | a row counter | stitch markers made from earrings | a drop spindle | "
            "an old swift | interchangeable circulars | a darning mushroom | blocking mats | "
            "a crochet hook for rescue"
        ),
        "rule": words(
            "always swatch | lifelines save lives | count twice, cable once | gauge is a suggestion | "
            "read the pattern to the end | wash before you judge | never on a deadline | one more row"
        ),
    },
    posts=(
        "{Thing} {when}. Rule number one: {rule}.",
        "I {deed} {when}.",
        "Cast on {thing} today in {place}.",
        "Finished object! {Thing}, made with {gear}.",
        "{Rule}. I know. I {deed} anyway.",
        "Would you start {thing} with wool this soft?",
        "Progress in {place}: I {deed}.",
        "Somebody in {place} asked what I was making. It is {thing}, and it is winning.",
        "Pattern question about {thing}: does it run small?",
        "My grandmother {deed} without looking. I need {gear} and silence.",
        "{Thing} is drying by the window. {Rule}.",
    ),
    replies=(
        "Gorgeous! Which needles did you use, {gear}?",
        "{Rule}, as they say.",
        "I {deed} once. You will survive it.",
        "Mine has been sitting in {place} since March.",
        "Is the pattern for {thing} free?",
        "The colour! I want {thing} just like that.",
    ),
    hashtags=("knitting", "onmyneedles", "handmade", "stashdown", "woolweek"),
    brands=("Fold & Fleece", "Nine Sheep Yarns"),
    buzz=words(
        "the lighthouse shawl | the lighthouse shawl knit-along | that lighthouse shawl with the beams"
    ),
    buzz_hashtag="lighthouseshawl",
    german=words("Wollsocken | Zopfmuster | Strickjacken | Fäustlinge | Maschenproben | Schals"),
    spanish=words("los calcetines | las bufandas | los jerséis | las agujas | las madejas"),
)
